"""Who may knock: foreign hosts and origins are refused (DNS rebinding), oversized bodies are cut off."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.errors import Forbidden, InvalidRequest, PlaygroundError, TooLarge
from playground_http.problems import problem_response
from playground_http.settings import DoorSettings


class OriginGuard:
    """Refuses a Host it does not expect, and an Origin that is neither the asked host nor allowed."""

    def __init__(self, app: ASGIApp, settings: DoorSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
        await problem_response(refused)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlaygroundError | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self._settings.hosts:
            return Forbidden(f"This door does not answer to the host name {_name(host)[:100]!r}.")
        origin = headers.get(b"origin")
        if origin is None:
            return None
        given = origin.decode("latin-1").lower()
        own = given.partition("://")[2] == host
        if own or given in self._settings.origins:
            return None
        return Forbidden("Pages of another origin may not call this door.")


class BodyLimit:
    """Answers 413 to a body over the limit, by its declared length or as soon as it has grown past it."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit():
            refused = InvalidRequest("Content-Length is not a number.")
            return await problem_response(refused)(scope, receive, send)
        if int(declared) > self._limit:
            return await problem_response(self._too_large())(scope, receive, send)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request body is larger than {self._limit:,} bytes.")


def _name(host: str) -> str:
    """The name in a Host header, without its port; IPv6 addresses without their brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
