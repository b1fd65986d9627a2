"""MCP servers of scenarios, and those that are away, slow, or come back."""

import asyncio
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import Event, all_events, free_port, running_backend, said
from tests.support.scripted_model import ScriptedModel
from tests.support.tool_server import running_tools
from tests.support.waiting import wait_until

COMMAND = {"name": "own", "command": sys.executable, "args": ["-m", "tests.support.tool_server"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write_scenario(folder: Path, tools: list[Any]) -> None:
    text = {"name": "smith", "title": "Smith", "system_prompt": "Use tools.", "tools": tools}
    (folder / "smith.yaml").write_text(json.dumps(text))


async def asked(url: str, text: str, **more: str) -> tuple[list[Event], float]:
    """A turn's events, and the seconds to the first of them."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        begun = time.monotonic()
        body = {"session_id": "demo", "input": text, **more}
        stream = await all_events(client, "POST", "/v1/chat/stream", json=body)
        return stream, time.monotonic() - begun


async def of_scenario(url: str, text: str) -> list[dict[str, Any]]:
    """The data of what the scenario's answer brings, by the door that asks scenarios."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        body = {"input": text, "targets": [{"scenario": "smith"}]}
        stream = await all_events(client, "POST", "/v1/compare", json=body)
        return [{"kind": event.kind, **event.json()} for event in stream]


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["kind"] == "token")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def hold() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=hold)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


async def test_without_a_server_answers_come_all_the_same_and_say_so(
    redis_url: str, model: ScriptedModel, folder: Path
) -> None:
    address = f"http://127.0.0.1:{free_port()}/mcp"
    settings = {"use_mcp_in_chat": True, "mcp_server_url": address}
    with running_backend(redis_url, model.url, folder, **settings) as url:
        for _ in range(2):
            stream, _ = await asked(url, "[[tokens=2]]")
            assert [event.kind for event in stream] == ["warning", "token", "token", "done"]
            assert stream[0].json()["code"] == "tools_unavailable"
        async with httpx.AsyncClient() as client:
            counted = (await client.get(f"{url}/metrics")).text
        assert "playground_agent_fallbacks_total 2.0" in counted


async def test_a_server_that_says_nothing_is_waited_for_once_and_shortly(
    redis_url: str,
    model: ScriptedModel,
    folder: Path,
    silent_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("playground_chat.backend.tools.servers.PATIENCE_S", 4)
    address = f"http://127.0.0.1:{silent_port}/mcp"
    settings = {"use_mcp_in_chat": True, "mcp_server_url": address}
    with running_backend(redis_url, model.url, folder, **settings) as url:
        first, _ = await asked(url, "[[tokens=1]]")
        second, seconds = await asked(url, "[[tokens=1]]")
        assert [e.kind for e in first] == [e.kind for e in second] == ["warning", "token", "done"]
        assert seconds < 4  # less than the patience that the first turn had


async def test_a_server_that_goes_is_noticed_and_one_that_comes_back_is_used(
    redis_url: str, model: ScriptedModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground_chat.backend.tools.connection.FRESH_S", 0)
    monkeypatch.setattr("playground_chat.backend.tools.connection.DOWN_S", 0)
    call = '[[call=add args={"a":1,"b":2}]]'
    port = free_port()
    settings = {"use_mcp_in_chat": True, "mcp_server_url": f"http://127.0.0.1:{port}/mcp"}
    with running_backend(redis_url, model.url, folder, **settings) as url:
        with running_tools(port=port):
            assert said((await asked(url, call))[0]) == "tools said: 3"
        stream, _ = await asked(url, call)
        assert "warning" in [event.kind for event in stream]
        assert [event.kind for event in stream][-1] == "done"
        with running_tools(port=port):

            async def works() -> bool:
                return said((await asked(url, call))[0]) == "tools said: 3"

            await wait_until(works, "the server is used again")


async def test_scenarios_name_tools_servers_and_commands(
    redis_url: str, model: ScriptedModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_TOOL_KEY", "s3cret")
    with running_tools() as tools:
        settings = {"use_mcp_in_chat": True, "mcp_server_url": tools.url, "tool_commands": True}
        with running_backend(redis_url, model.url, folder, **settings) as url:
            write_scenario(folder, ["add", "nonsense"])
            told = await of_scenario(url, '[[call=add args={"a":1,"b":2}]]')
            assert text_of(told) == "tools said: 3"
            assert "There is no tool nonsense." in json.dumps(told)
            assert _offered(model) == {"add"}

            write_scenario(folder, [tools.url])
            await of_scenario(url, "hi")
            assert "control" in _offered(model)  # a server that is named gives all that it has

            env = {
                "KEY": "${PLAYGROUND_TOOL_KEY}",
                "HOME": "${HOME}",
                "PYTHONPATH": str(Path.cwd()),
            }
            write_scenario(folder, [{**COMMAND, "env": env, "only": ["variable"]}])
            for name, value in {"KEY": "s3cret", "HOME": "${HOME}"}.items():
                call = f'[[call=variable args={{"name":"{name}"}}]]'
                await wait_until(
                    partial(_says, url, call, f"tools said: {value}"), "the command has started"
                )
            assert _offered(model) == {"variable"}


async def test_commands_are_not_run_where_they_are_not_allowed(
    redis_url: str, model: ScriptedModel, folder: Path
) -> None:
    write_scenario(folder, [COMMAND])
    with running_backend(redis_url, model.url, folder, use_mcp_in_chat=True) as url:
        told = await of_scenario(url, "[[tokens=1]]")
        assert "commands are not allowed here" in json.dumps(told)
        assert text_of(told) == "w0"


async def test_many_turns_at_once_share_a_connection(
    redis_url: str, model: ScriptedModel, folder: Path
) -> None:
    call = '[[call=add args={"a":20,"b":22}]]'
    with running_tools() as tools:
        settings = {"use_mcp_in_chat": True, "mcp_server_url": tools.url}
        with running_backend(redis_url, model.url, folder, **settings) as url:
            names = [f"many-{n}" for n in range(20)]
            turns = await asyncio.gather(*(asked(url, call, session_id=name) for name in names))
            assert {said(stream) for stream, _ in turns} == {"tools said: 42"}


async def _says(url: str, call: str, words: str) -> bool:
    return text_of(await of_scenario(url, call)) == words


def _offered(model: ScriptedModel) -> set[str]:
    return {tool["function"]["name"] for tool in model.requests[-1]["tools"]}
