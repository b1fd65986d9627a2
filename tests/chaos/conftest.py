"""The stack in containers under faults: whole before each of them, and again after it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations
from tests.support.stack_state import kept
from tests.support.whole_again import is_up, wait_until_whole


@pytest.fixture
def stack(compose_stack: ComposeStack) -> Iterator[ComposeStack]:
    """The stack, whole and without a session; what a test launches is ended after it."""
    if not is_up(compose_stack):  # a test that failed may have left it so
        compose_stack.start()
    end_sessions(compose_stack)
    wait_until_whole(compose_stack)
    yield compose_stack
    end_sessions(compose_stack)


def end_sessions(stack: ComposeStack) -> None:
    """End and forget every session."""
    ids = [session["id"] for session in kept(stack).sessions]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda one: end(stack, one), ids))


def end(stack: ComposeStack, session_id: str) -> None:
    """End a session and forget it."""
    stack.http.delete(f"/v1/sessions/{session_id}", params={"purge": True})


@pytest.fixture
def said(stack: ComposeStack) -> Conversations:
    """Conversations that go on during a test: of two sessions with pages, and of none."""
    conversations = Conversations(stack)
    for session in (stack.launch(), stack.launch()):
        conversations.say(session["id"], "[[say=last]]before")
    conversations.say("plain", "[[say=last]]before")
    return conversations
