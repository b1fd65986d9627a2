"""API, chat backend and MCP gateway as the embedded stack serves them, in a thread of the tests."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastmcp import FastMCP
from starlette.routing import Route

from playground_api.settings import ApiSettings
from playground_chat.backend.engine.tools import TOOLBOX
from playground_chat.backend.settings import ChatSettings
from playground_cli.stack.web import create_app
from playground_gateway.one_session import SessionEndpoint
from playground_gateway.replicas.clients import ClientsOfAll
from playground_gateway.settings import GatewaySettings
from playground_http.serving import PatientSockets
from playground_http.settings import DoorSettings
from tests.support.chat_backend import SCENARIO
from tests.support.served import served_beside

CONTROL_OF_ONE = {
    "get_session",
    "send_message",
    "get_messages",
    "set_context",
    "stop_session",
    "resume_session",
    "fork_session",
}
"""The tools that do something with one session."""

APP = """\
name: dice
title: Dice
kind: app
app: {url: "http://127.0.0.1:9/"}
"""


def _as_it_is(_: FastMCP, __: Path) -> None:
    """Nothing is added to the MCP server."""


@contextmanager
def running_web(
    redis_url: str,
    model_url: str,
    folder: Path,
    *,
    put_on: Callable[[FastMCP, Path], None] = _as_it_is,
    **settings: Any,
) -> Iterator[str]:
    """The address of all three for the block; *settings* are the gateway's.

    *put_on* adds what only a test has to the servers at /mcp and at the address of one session; it
    is given the folder too.
    """
    # While it is imported its warnings are kept down, in a way that holds for one thread at a time.
    import_module(TOOLBOX)
    (folder / "helpdesk.yaml").write_text(SCENARIO)
    (folder / "dice.yaml").write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        api = ApiSettings(
            redis_url=redis_url,
            scenarios_dir=folder,
            drain_s=0.2,
            chat_model_id="openai:scripted",
            chat_url=url,
        )
        chat = ChatSettings(
            chat_model_id="openai:scripted", openai_base_url=model_url, mcp_server_url=f"{url}/mcp"
        )
        gateway = GatewaySettings(api_url=url, chat_url=url, gateway_address=url, **settings)
        app = create_app(api, chat, gateway, DoorSettings())
        for server in _mcp_servers(app):
            put_on(server, folder)
        with served_beside(app, listener, timeout_graceful_shutdown=1, ws=PatientSockets):
            yield url


def _mcp_servers(app: FastAPI) -> Iterator[FastMCP]:
    for route in app.router.routes:
        endpoint = route.app if isinstance(route, Route) else None
        if isinstance(endpoint, SessionEndpoint):
            endpoint = endpoint.endpoint
        if isinstance(endpoint, ClientsOfAll):
            yield endpoint.server
