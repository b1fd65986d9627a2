"""The command line's client of a running playground: REST and SSE, errors in words."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Self, cast

import httpx
from httpx_sse import ServerSentEvent, connect_sse


class Refused(Exception):
    """The playground said no, or is not there; the text is for a person."""

    def __init__(self, text: str, code: str = "unreachable") -> None:
        self.code = code
        super().__init__(text)


class PlaygroundClient:
    """Calls a playground at *address*. Every method may raise Refused."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = httpx.Client(base_url=address, timeout=httpx.Timeout(75, connect=3))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A JSON object."""
        return self._asked("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Send a JSON object, get one."""
        return self._asked("POST", path, json=body, params=params)

    def upload(self, path: str, name: str, content: BinaryIO, **params: Any) -> dict[str, Any]:
        """Send a file, get a JSON object."""
        return self._asked("POST", path, files={"file": (name, content)}, params=params)

    def text(self, path: str, **params: Any) -> str:
        """A text of whatever kind."""
        with self._words_for_failures():
            answer = self._http.get(path, params=params)
            if answer.is_error:
                raise _refusal(answer)
            return answer.text

    def delete(self, path: str) -> dict[str, Any]:
        """Delete, get what is left as a JSON object."""
        return self._asked("DELETE", path)

    def stream(self, path: str, body: Mapping[str, Any]) -> Generator[ServerSentEvent]:
        """The events of a stream."""
        timeout = httpx.Timeout(60, connect=3)
        with (
            self._words_for_failures(),
            connect_sse(self._http, "POST", path, json=body, timeout=timeout) as source,
        ):
            if source.response.is_error:
                source.response.read()
                raise _refusal(source.response)
            yield from source.iter_sse()

    def readiness(self) -> dict[str, Any]:
        """Readiness as the playground tells it, also when it is not ready."""
        with self._words_for_failures():
            return cast(dict[str, Any], self._http.get("/readiness").json())

    def _asked(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        with self._words_for_failures():
            answer = self._http.request(method, path, **how)
            if answer.is_error:
                raise _refusal(answer)
            return cast(dict[str, Any], answer.json()) if answer.content else {}

    @contextmanager
    def _words_for_failures(self) -> Generator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            text = f"No playground answers at {self._address}. Start one: make up"
            raise Refused(text) from error
        except httpx.HTTPError as error:
            text = f"The connection to {self._address} failed: {type(error).__name__}"
            raise Refused(text) from error


def _refusal(answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
        fields = "".join(f"\n  {e['field']}: {e['message']}" for e in problem.get("errors", []))
        return Refused(f"{problem['detail']}{fields}", problem["code"])
    except (ValueError, KeyError):
        return Refused(f"The playground answered {answer.status_code}.", "internal")
