"""Who may knock: foreign hosts and origins are refused (DNS rebinding), large bodies cut off."""

import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.errors import Forbidden, InvalidRequest, PlaygroundError, TooLarge
from playground_http.problems import problem_response
from playground_http.settings import DoorSettings


class OriginGuard:
    """Refuses a Host it does not expect, and an Origin that is neither that host nor allowed.

    The very address at which a request has arrived is expected: DNS rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, settings: DoorSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
        else:
            await problem_response(refused)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlaygroundError | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        expected = self._settings.hosts | set((scope.get("server") or ())[:1])
        if _name(host) not in expected:
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
    """Answers 413 to a body over the limit, by its declared length or once it has grown past it.

    *larger*: limits of their own for paths that match a pattern.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(re.compile(path), most) for path, most in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        refused = _refusal(scope, limit)
        if refused is not None:
            await problem_response(refused)(scope, receive, send)
        else:
            await _Counted(limit, _too_large(limit), scope, receive, send).run(self._app)

    def _limit_of(self, path: str) -> int:
        own = (most for pattern, most in self._larger if pattern.fullmatch(path))
        return max([self._limit, *own])


def _refusal(scope: Scope, limit: int) -> PlaygroundError | None:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if not declared.isdigit():
        return InvalidRequest("Content-Length is not a number.")
    return _too_large(limit) if int(declared) > limit else None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than {limit:,} bytes.")


class _Counted:
    """One request whose body did not say its length.

    The app sees reading fail, and whatever it makes of that is replaced by the refusal: FastAPI
    would answer 400 to any failure of reading a body.
    """

    def __init__(
        self, limit: int, refusal: TooLarge, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._limit = limit
        self._refusal = refusal
        self._scope, self._receive, self._send = scope, receive, send
        self._read = 0
        self._answered = False

    async def run(self, app: ASGIApp) -> None:
        await app(self._scope, self._counted, self._checked)

    async def _counted(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise self._refusal
        return message

    async def _checked(self, message: Message) -> None:
        if self._read <= self._limit:
            await self._send(message)
        elif not self._answered:
            self._answered = True
            await problem_response(self._refusal)(self._scope, self._receive, self._send)


def _name(host: str) -> str:
    """The name in a Host header, without its port; IPv6 addresses without their brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
