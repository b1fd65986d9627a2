"""What can go wrong, in the product's words: each error has a stable code that clients may rely on.

A door (HTTP, SSE, MCP, the page) translates these once; nothing below a door knows about status
codes beyond the number written here. A docstring is the error's default message.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One field of a request that is wrong: its dotted path, and what to do about it."""

    field: str
    message: str


class PlaygroundError(Exception):
    """Something went wrong on our side; the log has the details under this request id."""

    code = "internal"
    status = 500
    title = "Internal error"

    def __init__(self, detail: str = "", *, errors: tuple[FieldError, ...] = ()) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or self.title).split())
        self.errors = errors
        super().__init__(self.detail)

    def problem(self, request_id: str = "") -> dict[str, Any]:
        """This error as an RFC 9457 problem object."""
        body: dict[str, Any] = {
            "type": f"urn:chat-playground:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return body


class ScenarioNotFound(PlaygroundError):
    """There is no scenario of that name; GET /v1/scenarios lists them."""

    code, status, title = "scenario_not_found", 404, "Scenario not found"


class SessionNotFound(PlaygroundError):
    """There is no session of that id; GET /v1/sessions lists yours."""

    code, status, title = "session_not_found", 404, "Session not found"


class SessionUnreadable(PlaygroundError):
    """The session's record in Redis cannot be read: mend it there, or forget the session with
    DELETE and purge=true."""

    title = "Session unreadable"


class SessionNotReady(PlaygroundError):
    """The session's page is not ready yet; try again in a moment."""

    code, status, title = "session_not_ready", 409, "Session not ready"


class SessionEnded(PlaygroundError):
    """The session has ended; its conversation stays readable, but takes no new turn."""

    code, status, title = "session_ended", 410, "Session ended"


class TurnInProgress(PlaygroundError):
    """A turn is running in this conversation; wait for it, or cancel it."""

    code, status, title = "turn_in_progress", 409, "Turn in progress"


class LaunchFailed(PlaygroundError):
    """The session's page could not be started."""

    code, status, title = "launch_failed", 502, "Launch failed"


class NoCapacity(PlaygroundError):
    """There is no room for this now; stop a session or try again later."""

    code, status, title = "no_capacity", 503, "No capacity"


class CapacityReached(NoCapacity):
    """As many sessions as are allowed have a page now, and none of them is idle."""


class ModelUnavailable(PlaygroundError):
    """The language model cannot be reached or did not answer."""

    code, status, title = "model_unavailable", 503, "Model unavailable"


class TurnInterrupted(ModelUnavailable):
    """The process that was answering ended in the middle; what was said until then is kept."""

    title = "Turn interrupted"


class DocumentUnreadable(PlaygroundError):
    """The document cannot be read."""

    code, status, title = "document_unreadable", 422, "Document unreadable"


class TooLarge(PlaygroundError):
    """That is larger than is allowed here."""

    code, status, title = "too_large", 413, "Too large"


class InvalidRequest(PlaygroundError):
    """The request is not valid."""

    code, status, title = "invalid_request", 422, "Invalid request"


class Unauthorized(PlaygroundError):
    """This needs a valid token."""

    code, status, title = "unauthorized", 401, "Unauthorized"


class Forbidden(PlaygroundError):
    """This is not allowed from here."""

    code, status, title = "forbidden", 403, "Forbidden"


class RateLimited(PlaygroundError):
    """That is too often; try again later."""

    code, status, title = "rate_limited", 429, "Too many requests"


class Conflict(PlaygroundError):
    """Somebody else changed this at the same moment; read it again and retry."""

    code, status, title = "conflict", 409, "Conflict"


class StoreUnavailable(PlaygroundError):
    """The store (Redis) cannot be reached; nothing was lost, try again shortly."""

    status, title = 503, "Store unavailable"


class StoreFull(NoCapacity):
    """The store cannot write: its disk or its memory is full. Free some, then try again."""
