"""A run of a Streamlit page's script, asked for as a browser asks, and all that it showed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol


@asynccontextmanager
async def opened_tab(address: str, page: str = "") -> AsyncGenerator[ClientConnection]:
    """The stream of a tab on the page of that name, its first run asked for."""
    stream = f"{address.replace('http', 'ws', 1).rstrip('/')}/_stcore/stream"
    async with connect(
        stream, subprotocols=[Subprotocol("streamlit")], proxy=None, max_size=None
    ) as socket:
        await ask_for_a_run(socket, page)
        yield socket


async def ask_for_a_run(tab: ClientConnection, page: str = "") -> None:
    """As a tab does when it opens, and for whoever presses R."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    wanted = BackMsg()
    wanted.rerun_script.page_name = page
    await tab.send(wanted.SerializeToString())


async def shown_in(tab: ClientConnection, words: str) -> None:
    """Return once the tab was told those words."""
    while words.encode() not in await tab.recv(decode=False):
        pass


async def one_run(address: str, page: str = "") -> list[Any]:
    """Every ForwardMsg of one run in a session of its own, on the page of that name."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    said: list[Any] = []
    async with opened_tab(address, page) as socket:
        while not said or said[-1].WhichOneof("type") != "script_finished":
            said.append(ForwardMsg.FromString(await socket.recv(decode=False)))
    return said


def shown(messages: list[Any], kind: str, field: str = "body") -> list[str]:
    """That field of every new element of that kind, such as the bodies of all headings."""
    elements = [m.delta.new_element for m in messages if m.WhichOneof("type") == "delta"]
    return [getattr(getattr(e, kind), field) for e in elements if e.WhichOneof("type") == kind]
