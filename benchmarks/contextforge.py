"""IBM's ContextForge beside us: the same tool, called through its gateway, on this machine.

Installed for the run into a folder of its own (PyPI's mcp-contextforge-gateway), with SQLite, no
Redis, no limits, and nobody to prove who they are, as at our own door; clients of 2025-11-25 have
sessions, which is the faster of its modes.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.peers import wait_until_up
from benchmarks.ways import Way
from tests.support.stack import free_port

PACKAGE = "mcp-contextforge-gateway==1.1.0"
STARTS_WITHIN_S = 180
_NAMES_OF_SECRETS = (
    "JWT_SECRET_KEY",
    "AUTH_ENCRYPTION_SECRET",
    "PLATFORM_ADMIN_PASSWORD",
    "DEFAULT_USER_PASSWORD",
    "BASIC_AUTH_PASSWORD",
)
_CHOSEN = {
    "AUTH_REQUIRED": "false",
    "MCP_REQUIRE_AUTH": "false",
    "ALLOW_UNAUTHENTICATED_ADMIN": "true",
    "RATE_LIMITING_ENABLED": "false",
    "CACHE_TYPE": "memory",
    "SSRF_ALLOW_LOCALHOST": "true",
    "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
    "MCPGATEWAY_UI_ENABLED": "false",
    "LOG_LEVEL": "ERROR",
    "NO_PROXY": "127.0.0.1,localhost",
    "USE_STATEFUL_SESSIONS": "true",
}


@contextmanager
def contextforge(folder: Path, server: str) -> Generator[tuple[Way, Way]]:
    """The way through it to the tool of the server at *server*: of 2026-07-28, of 2025-11-25."""
    home = folder / "contextforge"
    home.mkdir()
    _install(home)
    port = free_port()
    process = subprocess.Popen(
        [home / "venv/bin/mcpgateway", "--host", "127.0.0.1", "--port", str(port)],
        cwd=home,
        env={**os.environ, **_CHOSEN, **_secrets(), "DATABASE_URL": f"sqlite:///{home}/db.sqlite"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as api:
            wait_until_up(f"{url}/health", name="ContextForge", within_s=STARTS_WITHIN_S)
            way = _registered(api, server)
            yield way, _begun(api, way)
    finally:
        # Its helpers as well: nothing is kept, and after many callers it does not leave by itself.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _install(home: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    pip = [home / "venv/bin/pip", "install", "--quiet", PACKAGE]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)


def _secrets() -> dict[str, str]:
    """It does not start without them, nor with simple ones."""
    return {name: f"Aa1-{secrets.token_hex(32)}" for name in _NAMES_OF_SECRETS}


def _registered(api: httpx.Client, server: str) -> Way:
    """Its own steps: the peer, its tool, and a server of its own that has that tool."""
    peer = {"name": "one", "url": server, "transport": "STREAMABLEHTTP"}
    _posted(api, "/gateways", peer)
    (tool,) = api.get("/tools").raise_for_status().json()
    made = _posted(api, "/servers", {"server": {"name": "bench", "associated_tools": [tool["id"]]}})
    return Way(str(api.base_url.join(f"/servers/{made['id']}/mcp")), tool["name"])


def _begun(api: httpx.Client, way: Way) -> Way:
    """The same in a session of 2025-11-25."""
    version = "2025-11-25"
    params: dict[str, Any] = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    }
    first = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": version}
    answer = api.post(way.address, json=first, headers=headers).raise_for_status()
    own = {"MCP-Protocol-Version": version, "Mcp-Session-Id": answer.headers["mcp-session-id"]}
    then = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    api.post(way.address, json=then, headers={**headers, **own}).raise_for_status()
    return Way(way.address, way.tool, own)


def _posted(api: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return api.post(path, json=body).raise_for_status().json()
