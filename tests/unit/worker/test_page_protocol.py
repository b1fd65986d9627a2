"""The bytes of the probe, held to the protocol classes of the installed Streamlit."""

import pytest

from playground_worker import page_protocol

pytestmark = pytest.mark.needs("streamlit")


def test_the_field_numbers_are_those_of_the_installed_streamlit() -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    back, forward = BackMsg.DESCRIPTOR.fields_by_name, ForwardMsg.DESCRIPTOR.fields_by_name
    assert back["rerun_script"].number == page_protocol.BACK_MSG_RERUN_SCRIPT
    assert back["stop_script"].number == page_protocol.BACK_MSG_STOP_SCRIPT
    assert forward["script_finished"].number == page_protocol.FORWARD_MSG_SCRIPT_FINISHED
    for name in (
        "FINISHED_SUCCESSFULLY",
        "FINISHED_WITH_COMPILE_ERROR",
        "FINISHED_EARLY_FOR_RERUN",
    ):
        assert ForwardMsg.ScriptFinishedStatus.Value(name) == getattr(page_protocol, name)


def test_the_wish_for_a_run_is_read_as_one() -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    assert BackMsg.FromString(page_protocol.RERUN_SCRIPT).WhichOneof("type") == "rerun_script"
    assert BackMsg.FromString(page_protocol.STOP_SCRIPT).stop_script is True


def test_an_exception_on_the_page_is_found_and_nothing_else_is_one() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg()
    message.delta.new_element.exception.type = "ImportError"
    message.delta.new_element.exception.message = "no such thing"
    said = page_protocol.shown_exception(message.SerializeToString())
    assert said == ("ImportError", "no such thing")
    message.delta.new_element.text.body = "all is well"
    assert page_protocol.shown_exception(message.SerializeToString()) is None


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_the_end_of_a_run_is_found_among_other_fields(status: int) -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg(hash="h" * 300, script_finished=status)  # pyright: ignore
    message.metadata.delta_path.extend([0, 1, 70_000])
    assert page_protocol.script_finished(message.SerializeToString()) == status


def test_another_message_is_no_end_of_a_run() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg()
    message.new_session.name = "a page"
    assert page_protocol.script_finished(message.SerializeToString()) is None


@pytest.mark.parametrize("junk", [b"\x80", b"\x0b", b"\xff" * 12])
def test_what_is_no_message_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a protobuf message"):
        page_protocol.script_finished(junk)
