import pytest

from playground.clock import now
from playground.errors import Conflict, LaunchFailed, SessionEnded
from playground.principal import LOCAL
from playground.sessions.model import (
    EndReason,
    Handle,
    Launch,
    Session,
    Status,
    Target,
    new_session,
)


def a_session(**changes: object) -> Session:
    session = new_session(
        session_id="ses-1", principal=LOCAL, scenario="demo", title="Demo", model="m"
    )
    return session.model_copy(update=changes)


def test_a_new_session_is_queued_and_wanted_ready():
    session = a_session()
    assert (session.status, session.target) == (Status.QUEUED, Target.READY)
    assert session.owner == "local"


@pytest.mark.parametrize(
    "path",
    [
        ["starting", "ready", "parked", "queued", "starting", "ready", "stopping", "stopped"],
        ["starting", "queued", "starting", "failed"],
        ["stopped"],
    ],
)
def test_a_session_moves_along_the_ways_of_its_life(path: list[Status]):
    session = a_session()
    for status in path:
        session = session.moved(Status(status))
    assert session.status == path[-1]


@pytest.mark.parametrize("ended", [Status.STOPPED, Status.FAILED])
@pytest.mark.parametrize("status", list(Status))
def test_an_ended_session_never_moves_again(ended: Status, status: Status):
    with pytest.raises(Conflict):
        a_session(status=ended).moved(status)


def test_an_ended_session_has_no_page_and_says_why():
    handle = Handle(launcher="process", slot="slot-1")
    session = a_session(status=Status.STARTING, url="http://x", slot="slot-1", handle=handle)
    ended = session.ended(Status.FAILED, EndReason.LAUNCH_TIMEOUT, LaunchFailed("Too slow."))
    assert (ended.url, ended.slot, ended.handle) == (None, None, None)
    assert ended.target is Target.STOPPED
    assert ended.ended_at is not None
    assert ended.public()["error"]["code"] == "launch_failed"


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.STOPPED}, {"status": Status.FAILED}, {"target": Target.STOPPED}],
)
def test_a_session_that_has_ended_or_is_to_end_takes_no_turn(changes: dict[str, object]):
    with pytest.raises(SessionEnded):
        a_session(**changes).require_open()


def test_what_doors_show_holds_no_handle_no_slot_and_no_context():
    session = a_session(
        context={"secret": 1}, slot="slot-1", handle=Handle(launcher="process", slot="slot-1")
    )
    shown = session.public()
    assert not {"handle", "slot", "context", "tenant", "owner", "target"} & set(shown)
    assert shown["launch"] == {"mode": "cold", "ms": None}
    assert shown["created_at"].endswith("Z")
    assert "error" not in shown


def test_a_place_in_the_queue_is_shown_where_there_is_one():
    shown = a_session(launch=Launch(queue_position=2)).public()
    assert shown["launch"]["queue_position"] == 2


def test_a_record_survives_being_written_and_read():
    session = a_session(ready_at=now(), inputs={"a": [1, "ü"]}, status=Status.READY)
    assert Session.model_validate_json(session.model_dump_json()) == session
