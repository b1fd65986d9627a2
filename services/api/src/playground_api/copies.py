"""New sessions that begin with what was said before: forks, and files that were imported."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.conversation.copying import ConversationCopies
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Message
from playground.documents.shelf import Shelf
from playground.identifiers import new_id
from playground.sessions.model import Session, new_session
from playground_api.control import Asked, Control
from playground_api.imports import Imported
from playground_api.requests import Fork
from playground_api.surroundings import require_fit


@dataclass(frozen=True)
class Copies:
    """Launches them. Methods may raise PlaygroundError and redis-py's errors."""

    control: Control
    copies: ConversationCopies
    history: ConversationHistory
    log: ConversationLog
    documents: Shelf

    async def fork(
        self, session_id: str, wanted: Fork, *, idempotency_key: str | None = None
    ) -> Asked:
        """A new session with the conversation so far, and its documents; the first may have ended.

        With a key that was used, the session of its first use. Raises MessageNotFound,
        TurnInProgress, ScenarioNotFound, InvalidRequest.
        """
        first = await self.control.get(session_id)
        messages = await self.copies.ended_turns(session_id, at=wanted.at)
        return await self._launched(
            messages,
            reads=session_id,
            idempotency_key=idempotency_key,
            scenario=wanted.scenario or first.scenario,
            title=first.title,
            model=first.model,
            temperature=first.temperature,
            system_prompt=first.system_prompt,
            inputs=await self._carried_over(first, wanted.scenario or first.scenario),
            context=first.context,
        )

    async def imported(self, file: Imported) -> Asked:
        """A new session of what *file* holds. Raises ScenarioNotFound, InvalidRequest, TooLarge."""
        given = file.session
        scenario = await self.control.library.get(given.scenario)
        return await self._launched(
            file.renewed(),
            scenario=scenario.name,
            title=given.title or scenario.title,
            model=given.model or scenario.model or self.control.default_model,
            temperature=given.temperature,
            system_prompt=given.system_prompt,
            inputs=scenario.checked_inputs(given.inputs),
            context=require_fit(given.context),
        )

    async def messages(self, session: Session) -> list[Message]:
        """Everything that was said in the session."""
        return await self.history.messages(session.id)

    async def _carried_over(self, first: Session, scenario: str) -> Mapping[str, Any]:
        """Those inputs for which *scenario* asks too; one that it refuses is said."""
        wanted = await self.control.library.get(scenario)
        known = {one.key for one in wanted.inputs}
        return wanted.checked_inputs({k: v for k, v in first.inputs.items() if k in known})

    async def _launched(
        self,
        messages: Sequence[Message],
        *,
        reads: str | None = None,
        idempotency_key: str | None = None,
        **record: Any,
    ) -> Asked:
        """The conversation comes before its session, so that nobody finds the session without.

        It reads the documents of the conversation *reads*.

        A failure between the two leaves a conversation whose id nobody knows, until its time is up.
        """
        session_id, began = new_id("ses"), time.monotonic()
        kind = (await self.control.library.get(record["scenario"])).kind
        turns = await self.copies.begin(session_id, messages)
        if reads is not None:
            await self.documents.share(reads, session_id)
        session = new_session(
            session_id=session_id,
            principal=self.control.principal,
            kind=kind,
            turns=turns,
            **record,
        )
        asked = await self.control.launch_made(session, began, idempotency_key=idempotency_key)
        if not asked.fresh:  # this copy is nobody's
            await self.documents.forget(session_id)
            await self.log.forget(session_id)
        return asked
