"""The official conformance suites of MCP, on the very server that is served."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import node
from tests.support.conformance import put_on
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel

pytestmark = [
    pytest.mark.needs("redis", "node"),
    # 2025-11-25 has what 2026-07-28 calls deprecated, and the suites ask for it.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

LISTED = Path(__file__).parents[3] / "docs" / "mcp-conformance.md"

SUITES = {
    "0.1.16, all of it": ("conformance-2025-11-25", "--suite", "all"),
    "0.2.0, what 2025-11-25 requires": ("conformance-2026-07-28", "--requirements", "2025-11-25"),
    "0.2.0, what 2026-07-28 requires": ("conformance-2026-07-28", "--requirements", "2026-07-28"),
}
FEWEST = 32
"""Scenarios in the shortest of them."""


@pytest.fixture(scope="module")
def url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_web(redis_server_url, model.url, folder, put_on=put_on) as url:
        yield url


@pytest.fixture(params=["/mcp", "/mcp/sessions/{id}"])
def mcp_url(url: str, request: pytest.FixtureRequest) -> str:
    """The address of all, and that of one session, which nobody has to have launched yet."""
    asked = httpx.post(f"{url}/v1/sessions", json={"scenario": "helpdesk"})
    return f"{url}{request.param.format_map(asked.json())}"


def not_applicable(suite: str) -> list[str]:
    """The scenarios that docs/mcp-conformance.md gives a reason for, in this suite."""
    rows = re.findall(r"^\| `([\w.:-]+)` \| ([^|]+) \|", LISTED.read_text(), re.MULTILINE)
    return [scenario for scenario, suites in rows if suite in suites.split("; ")]


@pytest.mark.parametrize("suite", SUITES)
def test_every_scenario_passes_but_those_with_a_reason(suite: str, mcp_url: str, tmp_path: Path):
    package, *selection = SUITES[suite]
    expected = tmp_path / "expected.yml"
    named = "".join(f"\n  - {scenario}" for scenario in not_applicable(suite))
    expected.write_text(f"server:{named or ' []'}\n")
    script = f"node_modules/{package}/dist/index.js"
    arguments = ["server", "--url", mcp_url, "--expected-failures", str(expected), *selection]
    ran = node.run(script, *arguments, "-o", str(tmp_path / "results"))
    summary = ran.stdout[ran.stdout.find("=== SUMMARY") :]
    assert ran.returncode == 0, summary + ran.stderr
    assert len(re.findall(r"^[✓✗] .*passed", summary, re.MULTILINE)) >= FEWEST
