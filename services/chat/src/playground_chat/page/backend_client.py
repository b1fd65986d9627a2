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
_UPLOAD_S = 60.0


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

    def say(self, text: str | None) -> str:
        """Begin a turn with *text*, or answer the last question anew; the question's message id."""
        answer = self._ask("POST", "/internal/page/turns", {"input": text})
        return str(answer.get("message_id", ""))

    def ask_differently(self, message_id: str, text: str) -> str:
        """Ask *text* in the place of that question; the address of the session in which it is."""
        body = {"message_id": message_id, "input": text}
        return str(self._ask("POST", "/internal/page/edits", body).get("url", ""))

    def cancel(self) -> None:
        """End the running turn, if any; what was said so far stays."""
        self._ask("POST", "/internal/page/cancel")

    def save(self, edits: Json) -> Json:
        """Save `inputs.<key>`, `model` or `temperature`; the session as it is now."""
        inputs = {k.partition(".")[2]: v for k, v in edits.items() if k.startswith("inputs.")}
        body = {key: value for key, value in edits.items() if not key.startswith("inputs.")}
        if inputs:
            body["inputs"] = inputs
        return self._ask("PATCH", "/internal/page/session", body)

    def models(self) -> tuple[Json, ...]:
        """The models that may be chosen, each with its state."""
        return tuple(self._ask("GET", "/internal/page/models").get("items", ()))

    def documents(self) -> tuple[Json, ...]:
        """The conversation's documents, and how far each has come."""
        return tuple(self._ask("GET", "/internal/page/documents").get("items", ()))

    def add_document(self, name: str, data: bytes) -> Json:
        """Send a file; its record, while it is still being read."""
        file = {"file": (name, data)}
        return self._ask("POST", "/internal/page/documents", files=file, timeout=_UPLOAD_S)

    def take_document_away(self, document_id: str) -> None:
        """Let the conversation do without a document."""
        self._ask("DELETE", f"/internal/page/documents/{document_id}")

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

    def _ask(self, method: str, path: str, body: Json | None = None, **more: Any) -> Json:
        try:
            response = self._http.request(method, path, json=body, **more)
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
