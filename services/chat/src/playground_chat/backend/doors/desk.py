"""What every door of the chat backend works with, and the steps that all of them take."""

from dataclasses import dataclass

from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Message
from playground.conversation.tail import ConversationTail
from playground.errors import Conflict, FieldError, InvalidRequest, TooLarge
from playground.library.scenarios import Scenarios
from playground.sessions.changes import SessionChanges
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_chat.backend.engine.briefing import Wish
from playground_chat.backend.engine.completions import Completions
from playground_chat.backend.engine.turns import Running, Turns
from playground_chat.backend.settings import ChatSettings
from playground_http.request_ids import request_id

NO_WISH = Wish()


@dataclass(frozen=True)
class Desk:
    """The engine and the stores, as the routes use them."""

    turns: Turns
    completions: Completions
    log: ConversationLog
    history: ConversationHistory
    tail: ConversationTail
    sessions: SessionStore
    changes: SessionChanges
    slots: SlotStore
    scenarios: Scenarios
    settings: ChatSettings
    finishing_s: float
    """How long streams of running turns go on when the process is asked to stop."""

    async def begin(
        self, conversation_id: str, text: str | None, *, door: Door, wish: Wish = NO_WISH
    ) -> Running:
        """Begin a turn with *text*; without one, answer the last question anew.

        Raises what `Turns.begin` does, InvalidRequest, TooLarge, and Conflict without a question.
        """
        replaces = None
        if text is None:
            asked = await self._last_question(conversation_id)
            text, replaces = asked.content, asked.turn
        self.require_fit(text)
        return await self.turns.begin(
            conversation_id,
            text,
            door=door,
            wish=wish,
            replaces=replaces,
            request_id=request_id(),
        )

    async def _last_question(self, conversation_id: str) -> Message:
        said = await self.history.messages(conversation_id, limit=2)
        asked = next((m for m in reversed(said) if m.role == "user"), None)
        if asked is None:
            raise Conflict("Nothing has been asked in this conversation yet.")
        return asked

    def require_fit(self, text: str) -> None:
        """A text that models and stores can take. Raises InvalidRequest or TooLarge."""
        if not text.strip():
            raise _wrong_input("must not be empty")
        if "\x00" in text:
            raise _wrong_input("must not contain NUL characters")
        if is_broken(text):
            raise _wrong_input("must not contain lone surrogates")
        if len(text.encode()) > self.settings.max_message_bytes:
            raise TooLarge(
                f"A message may have at most {self.settings.max_message_bytes:,} bytes of UTF-8."
            )


def is_broken(text: str) -> bool:
    """Whether *text* holds half a character: JSON's escapes can say what UTF-8 cannot."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _wrong_input(message: str) -> InvalidRequest:
    return InvalidRequest(f"input {message}.", errors=(FieldError("input", message),))
