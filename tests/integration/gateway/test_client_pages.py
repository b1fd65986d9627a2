"""What docs/clients says is so: addresses answer, programs and commands run as they stand."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from tests.support import node
from tests.support.scripted_model import ScriptedModel
from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = pytest.mark.needs("redis", "node")

PAGES = sorted((Path(__file__).parents[3] / "docs" / "clients").glob("*.md"))
BIN = {
    "mcp-remote@0.15.1": "mcp-remote/dist/proxy.js",
    "@modelcontextprotocol/inspector@2.12.0": (
        "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
    ),
}


class Pieces:
    """Puts the pieces of an answer together."""

    text = ""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        _ = progress, total
        self.text += message or ""


@pytest.fixture
async def session(web_url: str, worker: WorkerThatLaunchesAtOnce) -> AsyncIterator[str]:
    async with httpx.AsyncClient(base_url=web_url, timeout=30) as rest:
        launched = await rest.post("/v1/sessions?wait=10", json={"scenario": "helpdesk"})
        yield launched.json()["id"]


def blocks(language: str, *, of: str = "*") -> Iterator[str]:
    """The blocks in *language* that stand in the pages."""
    for page in PAGES:
        if page.match(f"{of}.md"):
            yield from re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def here(block: str, web_url: str, session: str) -> str:
    """*block* with what there is in this test in place of what there is for a reader."""
    told = block.replace("http://127.0.0.1:8080", web_url).replace("technical-support", "helpdesk")
    return told.replace("ses-0123456789ab", session)


def test_every_page_is_in_the_list_and_names_both_addresses():
    index = (PAGES[0].parent / "README.md").read_text()
    for page in PAGES:
        assert page.name in ("README.md", *re.findall(r"\]\(([\w.-]+)\)", index))
        written = page.read_text()
        assert "http://127.0.0.1:8080/mcp" in written
        assert "http://127.0.0.1:8080/mcp/sessions/" in written or page.name == "claude-code.md"


async def test_every_address_in_a_file_answers(web_url: str, session: str):
    found = {
        url
        for block in blocks("json")
        for url in re.findall(r"http://[^\s\"]+", json.dumps(json.loads(block)))
    }
    assert len(found) == 2
    for url in found:
        async with Client(here(url, web_url, session)) as client:
            assert await client.list_tools()


async def test_claude_desktop_is_served_through_its_program(web_url: str, session: str):
    for block in blocks("json", of="claude-desktop"):
        (server,) = json.loads(here(block, web_url, session))["mcpServers"].values()
        assert (server["command"], server["args"][0]) == ("npx", "-y")
        script, *arguments = server["args"][1:]
        command, *rest = node.command(f"node_modules/{BIN[script]}", *arguments)
        hear = Pieces()
        transport = StdioTransport(command, rest, log_file=Path("/dev/null"))
        async with Client(transport, mode="legacy") as client:
            (tool,) = [one for one in await client.list_tools() if one.name == "send_message"]
            said = {"session_id": session, "message": "[[tokens=3 pace_ms=30]]"}
            known = {key: said[key] for key in said if key in tool.input_schema["properties"]}
            result = await client.call_tool("send_message", known, progress_handler=hear)
        assert (result.structured_content or {})["text"] == "w0 w1 w2" == hear.text


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
async def test_every_program_in_python_runs(
    web_url: str, session: str, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_BASE_URL", model.url)
    programs = list(blocks("python"))
    assert len(programs) == 3
    for program in programs:
        code = compile(here(program, web_url, session), "docs/clients", "exec")
        await asyncio.to_thread(exec, code, {"__name__": "__main__"})


async def test_the_program_in_typescript_runs(web_url: str, session: str):
    (program,) = blocks("js")
    folder = node.packages()
    assert folder is not None
    script = folder / "documented.mjs"
    script.write_text(here(program, web_url, session))
    try:
        ran = await asyncio.to_thread(node.run, script.name)
    finally:
        script.unlink()
    assert ran.returncode == 0, ran.stderr
    assert "All of it: w0 w1" in ran.stdout


async def test_every_command_of_the_inspector_s_line_runs(web_url: str, session: str):
    lines = "".join(blocks("console", of="inspector")).splitlines()
    commands = [shlex.split(here(line, web_url, session)) for line in lines]
    for prompt, program, package, *arguments in commands:
        assert (prompt, program) == ("$", "npx")
        script = f"node_modules/{BIN[package]}"
        if "--cli" in arguments:
            ran = await asyncio.to_thread(node.run, script, *arguments)
            assert ran.returncode == 0, ran.stderr
