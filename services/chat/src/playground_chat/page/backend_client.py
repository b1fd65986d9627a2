"""The page's line to the chat backend: its internal page API over HTTP and SSE."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
from httpx_sse import ServerSentEvent, SSEError, connect_sse

from playground_chat.page.settings import PageSettings

Json = Mapping[str, Any]

# The backend pings every 15 s: a stream that is silent for longer than two pings is dead.
_SILENCE_S = 35.0


class BackendAway(Exception):
    """The backend could not be asked; `uncertain` when it may have got the request all the same."""

    def __init__(self, reason: str, *, uncertain: bool = False) -> None:
        self.uncertain = uncertain
        super().__init__(reason)


@dataclass
class Refused(Exception):
    """The backend answered with a problem (contract §3)."""

    status: int
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"


class ChatBackend:
    """Asks the chat backend in the name of this page's slot.

    Every method raises BackendAway or Refused, and nothing else. Safe to use from several threads.
    """

    def __init__(self, settings: PageSettings, *, timeout_s: float = 5.0) -> None:
        self._http = httpx.Client(
            base_url=settings.chat_url,
            headers={"Authorization": f"Bearer {settings.slot_token}"},
            timeout=httpx.Timeout(timeout_s, connect=min(2.0, timeout_s)),
            # A connection kept over a restart of the backend would lose the next message's answer.
            limits=httpx.Limits(max_keepalive_connections=0),
            # The backend is next door: no proxy of the environment stands between.
            trust_env=False,
            # Reading the machine's certificates takes 20 ms, in vain for a plain http address.
            verify=settings.chat_url.startswith("https:"),
        )

    def page(self) -> Json:
        """All that the page shows: session, scenario, messages, and the cursor to follow from."""
        return self._ask("GET", "/internal/page")

    def say(self, text: str) -> str:
        """Begin a turn with *text*; the id of the message that it became."""
        answer = self._ask("POST", "/internal/page/turns", {"input": text})
        return str(answer.get("message_id", ""))

    def cancel(self) -> None:
        """End the running turn, if any; what was said so far stays."""
        self._ask("POST", "/internal/page/cancel")

    def save_inputs(self, values: Json) -> Json:
        """Save some of the scenario's inputs; the session as it is now."""
        return self._ask("PATCH", "/internal/page/session", {"inputs": dict(values)})

    def events(self, after: str) -> Iterator[ServerSentEvent]:
        """What happens in the conversation after the entry *after*, until the line breaks."""
        timeout = httpx.Timeout(_SILENCE_S, connect=2.0)
        stream = connect_sse(
            self._http, "GET", "/internal/page/events", params={"after": after}, timeout=timeout
        )
        try:
            with stream as source:
                if source.response.is_error:
                    source.response.read()
                    raise _refusal(source.response)
                yield from source.iter_sse()
        except (httpx.HTTPError, httpx.StreamError, SSEError, UnicodeDecodeError) as error:
            raise BackendAway(type(error).__name__) from error

    def close(self) -> None:
        """Hang up; a stream that is open ends with BackendAway."""
        self._http.close()

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            response = self._http.request(method, path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise BackendAway(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise BackendAway(type(error).__name__, uncertain=True) from error
        except UnicodeEncodeError as error:  # a lone surrogate, which JSON over HTTP cannot carry
            raise Refused(422, "invalid_request", "That text is not valid Unicode.") from error
        if response.is_error:
            raise _refusal(response)
        return _object(response.text)


def _refusal(response: httpx.Response) -> Exception:
    """The problem in *response*; a 5xx without one means that nobody is at home."""
    problem = _object(response.text)
    code = str(problem.get("code", ""))
    if response.status_code >= 500:
        return BackendAway(f"{response.status_code} {code}", uncertain=True)
    errors = tuple((str(e.get("field")), str(e.get("message"))) for e in problem.get("errors", ()))
    detail = str(problem.get("detail") or "The chat service refused this.")
    return Refused(response.status_code, code or "invalid_request", detail, errors)


def _object(text: str) -> Json:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return cast(Json, found) if isinstance(found, dict) else {}
