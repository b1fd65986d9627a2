import pytest

from playground.errors import LaunchFailed, NoCapacity, PlaygroundError, SessionEnded, StoreFull
from playground.principal import LOCAL
from playground.sessions.model import EndReason, Session, Status, Target, new_session
from playground_api.outcomes import not_ready, refusal


def a_session(**changes: object) -> Session:
    session = new_session(session_id="ses-1", principal=LOCAL, scenario="s", title="T", model="m")
    return session.model_copy(update=changes)


@pytest.mark.parametrize("error", [LaunchFailed("Exit 1."), NoCapacity("Full."), StoreFull()])
def test_a_failed_session_is_refused_with_the_error_of_its_record(error: PlaygroundError):
    failed = a_session(status=Status.STARTING).ended(Status.FAILED, EndReason.CRASHED, error)
    refused = refusal(failed)
    assert refused is not None
    assert (refused.status, refused.code, refused.detail) == (
        error.status,
        error.code,
        error.detail,
    )


def test_a_failed_session_without_an_error_failed_to_launch():
    refused = refusal(a_session(status=Status.FAILED))
    assert isinstance(refused, LaunchFailed)
    assert refused.detail


@pytest.mark.parametrize("changes", [{"status": Status.STOPPED}, {"target": Target.STOPPED}])
def test_a_session_that_has_ended_or_is_to_end_is_refused(changes: dict[str, object]):
    assert isinstance(refusal(a_session(**changes)), SessionEnded)


@pytest.mark.parametrize("status", ["queued", "starting", "ready", "parked"])
def test_a_session_that_may_have_a_page_is_not_refused(status: str):
    assert refusal(a_session(status=Status(status))) is None


def test_who_waited_in_vain_is_told_where_the_session_stands():
    assert "queued" in not_ready(a_session()).detail
