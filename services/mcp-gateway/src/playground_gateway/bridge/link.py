"""The way to one script session of a Streamlit server: messages to it, and every message of it.

`DirectLink` is a WebSocket of its own, so a script session of its own. Whatever shares a script
session with people's tabs offers the same `Link`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from google.protobuf.message import DecodeError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from playground_gateway.bridge import definitions
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.references import References
from playground_gateway.bridge.tabs import others_at

OPEN_WITHIN_S = 10.0
LARGEST_MESSAGE = 256 * 1024 * 1024
"""Bytes. Streamlit itself shows elements of more than 200 MB as an error."""


class LinkLost(Exception):
    """The page cannot be reached, or its connection broke."""


class Link(Protocol):
    """One script session, as the bridge's client uses it."""

    @property
    def definitions(self) -> definitions.Protocol:
        """The server's own, once it has said its version; the newest until then."""
        ...

    @property
    def base_url(self) -> str:
        """Where uploads and media are, without a slash at its end."""
        ...

    @property
    def runs_timers(self) -> bool:
        """Whether the fragments that run every few seconds are run without the client's doing."""
        ...

    @property
    def has_run(self) -> bool:
        """Whether a run had ended before: then the page is whole, whatever goes on there now."""
        ...

    async def humans_watching(self) -> int:
        """How many browser tabs show the page."""
        ...

    def set_by_others(self) -> list[Proto]:
        """The WidgetStates that others have set since this was asked last.

        Of those widgets only whose elements do not tell their values, such as edited tables.
        """
        ...

    async def send(self, message: Proto) -> int:
        """Send a BackMsg of `definitions`. Raises LinkLost.

        It returns when the message is on its way to the server: where turns are taken, after the
        others' turn has ended. It says how many runs had begun by then, counted as they come out
        of the link: the next one is the one that was asked for.
        """
        ...

    def __aiter__(self) -> AsyncIterator[Proto]:
        """Every ForwardMsg, in order, for one reader. Ends after `close`; raises LinkLost."""
        ...

    async def close(self) -> None:
        """Leave the script session. It may be done twice."""
        ...


class DirectLink:
    """A script session of its own, over a WebSocket."""

    runs_timers = False
    has_run = False

    def __init__(self, base_url: str, socket: ClientConnection) -> None:
        self.base_url = base_url
        self.definitions = definitions.newest()
        self._socket = socket
        self._closed = False
        self._references = References()
        self._runs_begun = 0

    async def humans_watching(self) -> int:
        return await others_at(self.base_url)

    def set_by_others(self) -> list[Proto]:
        return []

    async def send(self, message: Proto) -> int:
        begun = self._runs_begun
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LinkLost(_why(error)) from error
        return begun

    async def __aiter__(self) -> AsyncGenerator[Proto]:
        told = False
        try:
            while True:
                data = await self._socket.recv(decode=False)
                message = self._read(data)
                if not told and (version := server_version(message)):
                    self.definitions = definitions.for_version(version)
                    told, message = True, self._read(data)
                self._runs_begun += message.WhichOneof("type") == "new_session"
                yield self._references.resolved(message)
        except KeyError as error:
            raise LinkLost("the page refers to a message that it did not send") from error
        except ConnectionClosed as error:
            if not self._closed:
                raise LinkLost(_why(error)) from error

    async def close(self) -> None:
        self._closed = True
        await self._socket.close()

    def _read(self, data: bytes) -> Proto:
        try:
            return self.definitions.forward(data)
        except DecodeError as error:
            raise LinkLost("the page speaks a protocol that is not known here") from error


async def connect_directly(base_url: str) -> DirectLink:
    """Open a script session at the Streamlit server of that address. Raises LinkLost."""
    base_url = base_url.rstrip("/")
    try:
        socket = await connect(
            f"{base_url.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            compression=None,
            max_size=LARGEST_MESSAGE,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=2,
            ping_timeout=60,
            proxy=None,
        )
    except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
        raise LinkLost(f"no Streamlit page answers at {base_url}") from error
    return DirectLink(base_url, socket)


def server_version(message: Proto) -> str:
    """Streamlit's version, where this ForwardMsg is one that says it; else nothing."""
    if message.WhichOneof("type") != "new_session":
        return ""
    return message.new_session.initialize.environment_info.streamlit_version


def _why(error: ConnectionClosed) -> str:
    code = error.rcvd.code if error.rcvd else None
    return "the page's connection broke" + (f" ({code})" if code else "")
