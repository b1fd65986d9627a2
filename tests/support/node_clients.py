"""What a user does with the MCP door, by the clients that run on Node: the TypeScript SDK, and the
Inspector's command line."""

import asyncio
import json
from typing import Any

from tests.support import node
from tests.support.mcp_clients import LONG, SCENARIO, SHORT, Begun, Journey

_INSPECTOR = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"


async def by_typescript(mode: str, url: str, _: Begun) -> Journey:
    """The script of tests/node/journey.mjs."""
    ran = await asyncio.to_thread(node.run, "journey.mjs", url, mode, SHORT, LONG)
    assert ran.returncode == 0, ran.stderr
    return Journey(**json.loads(ran.stdout))


async def by_inspector(era: str, url: str, begun: Begun) -> Journey:
    """One run of the command line for each step. It shows neither progress nor changes."""
    line = ("--cli", url, "--protocol-era", era, "--format", "json", "--quiet")

    async def asked(*arguments: str) -> dict[str, Any]:
        ran = await asyncio.to_thread(node.run, _INSPECTOR, *line, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)["result"]

    listed = await asked("--method", "tools/list", "--strict")
    launched = (await asked(*_call("launch_session", scenario=SCENARIO)))["structuredContent"]
    name = launched["id"]
    said = await asked(*_call("send_message", session_id=name, message=SHORT))
    read = await asked("--method", "resources/read", "--uri", f"session://{name}/messages")
    long = _call("send_message", session_id=name, message=LONG)
    process = await asyncio.create_subprocess_exec(
        *node.command(_INSPECTOR, *line, *long), stdout=asyncio.subprocess.DEVNULL
    )
    await begun(name)
    process.terminate()
    await process.wait()
    return Journey(
        tools=[one["name"] for one in listed["tools"]],
        session_id=name,
        text=said["structuredContent"]["text"],
        read=read["contents"][0]["text"],
        cancelled=True,
    )


def _call(tool: str, **arguments: str) -> list[str]:
    given = json.dumps(arguments)
    return ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", given]
