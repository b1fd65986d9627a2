"""Asking differently: a new session that begins with what was said before one of its questions."""

from dataclasses import dataclass

from playground.conversation.copying import ConversationCopies, MessageNotFound
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.documents.shelf import Shelf
from playground.errors import Conflict
from playground.identifiers import new_id
from playground.principal import Principal
from playground.sessions.model import Session, Status, Target, new_session
from playground.sessions.store import SessionStore


@dataclass(frozen=True)
class Branches:
    """Makes such sessions. May raise redis-py's errors."""

    sessions: SessionStore
    log: ConversationLog
    history: ConversationHistory
    copies: ConversationCopies
    documents: Shelf

    async def before(self, session_id: str, message_id: str) -> Session:
        """A copy of the session, with its documents and what precedes the question *message_id*.

        It is parked: its first turn, or whoever opens it, wakes it like any other. Raises
        MessageNotFound, Conflict for a message that is no question, TurnInProgress.
        """
        messages = await self.history.messages(session_id)
        place = next((i for i, m in enumerate(messages) if m.id == message_id), None)
        if place is None:
            raise MessageNotFound("The conversation has no such message.")
        if messages[place].role != "user":
            raise Conflict("Only a question can be asked differently.")
        said = []
        if place:
            said = await self.copies.ended_turns(session_id, at=messages[place - 1].id)
        first = await self.sessions.get(session_id)
        # The conversation comes before its session, so that nobody finds the session without.
        branch_id = new_id("ses")
        turns = await self.copies.begin(branch_id, said)
        await self.documents.share(session_id, branch_id)
        return await self.sessions.create(_branch(first, branch_id, turns))

    async def undo(self, branch: Session) -> None:
        """Forget a branch in which nothing could be asked."""
        await self.documents.forget(branch.id)
        await self.log.forget(branch.id)
        await self.sessions.purge(branch.id)


def _branch(first: Session, branch_id: str, turns: int) -> Session:
    """Everything of *first* that belongs to what was said, and nothing of its page."""
    fresh = new_session(
        session_id=branch_id,
        principal=Principal(first.owner, first.tenant),
        scenario=first.scenario,
        title=first.title,
        model=first.model,
        temperature=first.temperature,
        system_prompt=first.system_prompt,
        inputs=first.inputs,
        context=first.context,
        turns=turns,
    )
    return fresh.model_copy(update={"status": Status.PARKED, "target": Target.PARKED})
