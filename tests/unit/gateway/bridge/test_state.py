"""What is known of a script session, message by message."""

from typing import Any

from playground_gateway.bridge.definitions import newest
from playground_gateway.bridge.state import SessionState


def test_a_script_that_cannot_be_compiled_has_ended_once_it_is_told_why() -> None:
    begun: Any
    ended: Any
    why: Any
    begun, ended, why = (newest().forward_class() for _ in range(3))
    begun.new_session.SetInParent()
    ended.script_finished = ended.FINISHED_WITH_COMPILE_ERROR
    why.session_event.script_compilation_exception.type = "SyntaxError"
    state = SessionState()
    for message, settled in ((begun, False), (ended, False), (why, True), (begun, False)):
        state.receive(message)
        assert state.settled is settled
