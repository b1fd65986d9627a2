"""Why a session has no page: the error of its record, or of the state that it is in."""

from playground.errors import LaunchFailed, PlaygroundError, SessionEnded, SessionNotReady
from playground.sessions.model import Session, Status, Target


def _leaves(error: type[PlaygroundError]) -> list[type[PlaygroundError]]:
    return [error, *(leaf for below in error.__subclasses__() for leaf in _leaves(below))]


def refusal(session: Session) -> PlaygroundError | None:
    """What to tell who wants the session's page; None if there is one, or soon may be."""
    if session.status is Status.FAILED:
        return _of_record(session)
    if session.status is Status.STOPPED or session.target is Target.STOPPED:
        return SessionEnded(f"Session {session.id} has ended; its conversation stays readable.")
    return None


def not_ready(session: Session) -> SessionNotReady:
    """For who has waited long enough."""
    return SessionNotReady(f"Session {session.id} is {session.status} still; try again shortly.")


def _of_record(session: Session) -> PlaygroundError:
    problem = session.error or {}
    alike = [leaf for leaf in _leaves(PlaygroundError) if leaf.code == problem.get("code")]
    exact = [leaf for leaf in alike if leaf.title == problem.get("title")]
    kind = next(iter([*exact, *alike]), LaunchFailed)
    return kind(str(problem.get("detail", "")))
