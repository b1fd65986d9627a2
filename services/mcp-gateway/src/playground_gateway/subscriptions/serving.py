"""Subscriptions on an MCP server, in both eras of the protocol.

2026-07-28: `subscriptions/listen`, whose answer is the stream. 2025-11-25: `resources/subscribe`
and what changes of lists, told on the stream that a client keeps open.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from fastmcp import FastMCP
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import ListenHandler, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    EmptyResult,
    NotificationParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)
from starlette.requests import Request

from playground.errors import PlaygroundError
from playground_gateway.endpoint import CLIENT
from playground_gateway.policy.rules import Rules
from playground_gateway.refusal import protocol_error
from playground_gateway.standing_streams import StandingStreams
from playground_gateway.subscriptions.bus import WHOLE_PLAYGROUND, Bus, Listener
from playground_gateway.subscriptions.connected import Connected, Followed

Asked = ServerRequestContext[Any, Request]

MOST_RESOURCES = 200
"""How many resources one stream or connection may name."""

_KEPT = "playground.subscriptions"
_at: ContextVar[str] = ContextVar("at")


class Subscriptions:
    """Serves subscriptions on servers; a session's address tells of that session alone."""

    def __init__(self, bus: Bus, followed: Followed, rules: Rules) -> None:
        self._bus = bus
        self._followed = followed
        self._rules = rules
        self._listen = ListenHandler(_HeardHere(bus))

    def close(self) -> None:
        """End the streams of 2026-07-28 in order: their clients listen anew, elsewhere."""
        self._listen.close()

    def serve_on(self, server: FastMCP, streams: StandingStreams) -> None:
        """Add the methods to *server*; *streams* are those of its clients."""
        serving = server._mcp_server  # pyright: ignore[reportPrivateUsage]
        serving.add_request_handler(
            "subscriptions/listen", SubscriptionsListenRequestParams, self._listened
        )
        serving.add_request_handler(
            "resources/subscribe", SubscribeRequestParams, partial(self._subscribed, streams)
        )
        serving.add_request_handler(
            "resources/unsubscribe", UnsubscribeRequestParams, partial(self._unsubscribed, streams)
        )
        serving.add_notification_handler(
            "notifications/initialized", NotificationParams, partial(self._initialized, streams)
        )

    async def _listened(
        self, asked: Asked, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        at, wanted = _address(asked), params.notifications
        named = wanted.resource_subscriptions or ()
        if len(named) > MOST_RESOURCES:
            raise _too_many()
        here = [uri for uri in named if await self._is_at(uri, at)]
        uris = [uri for uri in here if await self._rules.allows_resource(uri)]
        honored = wanted.model_copy(update={"resource_subscriptions": uris})
        _at.set(at)
        async with self._followed(uris):
            return await self._listen(asked, params.model_copy(update={"notifications": honored}))

    async def _subscribed(
        self, streams: StandingStreams, asked: Asked, params: SubscribeRequestParams
    ) -> EmptyResult:
        connected, uri = self._connected(streams, asked), str(params.uri)
        if not await self._is_at(uri, _address(asked)):
            raise MCPError(INVALID_PARAMS, "This is not a resource of the session.", {"uri": uri})
        if connected.named >= MOST_RESOURCES:
            raise _too_many()
        try:
            await self._rules.check_resource(uri)
        except PlaygroundError as error:
            raise protocol_error(error) from error
        await connected.subscribe(uri)
        return EmptyResult()

    async def _unsubscribed(
        self, streams: StandingStreams, asked: Asked, params: UnsubscribeRequestParams
    ) -> EmptyResult:
        await self._connected(streams, asked).unsubscribe(str(params.uri))
        return EmptyResult()

    async def _initialized(
        self, streams: StandingStreams, asked: Asked, _: NotificationParams
    ) -> None:
        self._connected(streams, asked)

    async def _is_at(self, uri: str, at: str) -> bool:
        """Whether the resource may be named at the address: at a session's, none of another's."""
        kind, _, name = uri.partition("://")
        if at == WHOLE_PLAYGROUND or uri in (f"session://{at}/messages", f"app://{at}/page"):
            return True
        if kind == "doc":
            return at in await self._rules.readers(name)
        return kind not in ("session", "app") or uri == f"session://{at}"

    def _connected(self, streams: StandingStreams, asked: Asked) -> Connected:
        connection = asked.session._connection  # pyright: ignore[reportPrivateUsage]
        if _KEPT not in connection.state:
            assert asked.request is not None, "the server is asked over HTTP alone"
            opened = partial(streams.opened, asked.request.headers.get(CLIENT, ""))
            at = _address(asked)
            made = Connected(connection, opened, self._bus, at, self._followed)
            connection.state[_KEPT] = made
            connection.exit_stack.push_async_callback(made.close)
        return connection.state[_KEPT]


class _HeardHere:
    """The bus as a stream of 2026-07-28 hears it: what concerns the address it is opened at."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def publish(self, event: ServerEvent) -> None:
        """Nothing comes from streams."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have *listener* told; returns what ends it."""
        return self._bus.listen(_at.get(), listener)


def _address(asked: Asked) -> str:
    assert asked.request is not None, "the server is asked over HTTP alone"
    return asked.request.path_params.get("session_id", WHOLE_PLAYGROUND)


def _too_many() -> MCPError:
    detail = f"At most {MOST_RESOURCES} resources can be subscribed to at once."
    return MCPError(INVALID_PARAMS, detail, {"code": "too_large", "detail": detail})
