"""The page of one conversation, and the fragments by which it is kept up to date."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Message
from playground.errors import PlaygroundError
from playground.sessions.model import Session
from playground_api.control import Control
from playground_api.dashboard.connecting import ways_in
from playground_api.dashboard.conversation import Conversation, Growing, Turn, read_conversation
from playground_api.dashboard.rendering import html, page


@dataclass(frozen=True)
class ConversationPages:
    """Renders a conversation. Methods may raise PlaygroundError and redis-py's errors."""

    control: Control
    history: ConversationHistory

    async def whole(
        self,
        request: Request,
        session_id: str,
        *,
        everything: bool = False,
        error: PlaygroundError | None = None,
        draft: str = "",
    ) -> HTMLResponse:
        """The page: what was said (the earliest turns only with *everything*), and what to do.

        With *error*, it says why *draft* was not taken.
        """
        session = await self._session(session_id)
        return await asyncio.to_thread(
            page,
            request,
            "conversation.html",
            status=error.status if error else 200,
            conversation=await self.read(session_id, everything=everything),
            ways=ways_in(str(request.base_url).rstrip("/"), session),
            refused=error.detail if error else "",
            draft=draft,
            **await self._about(session),
        )

    async def read(self, session_id: str, *, everything: bool = False) -> Conversation:
        """What was said. Raises SessionNotFound."""
        await self.control.get(session_id)
        return await read_conversation(self.history, session_id, everything=everything)

    async def session_swapped(self, session_id: str) -> str:
        """The session's own part of the page."""
        about = await self._about(await self._session(session_id))
        return html("conversation_about.html", swap=True, **about)

    def all_swapped(self, conversation: Conversation) -> str:
        """The whole log in the place of what the page shows."""
        return html("conversation_all.html", conversation=conversation, swap=True)

    def turn_appended(self, turn: Turn, *, instead_of: Message | None) -> str:
        """A turn that has begun."""
        return html("conversation_turn_appended.html", turn=turn, gone=instead_of)

    def turn_ended(self, turn: Turn, replies: Sequence[Message]) -> str:
        """The reply as it stays, and what all *replies* took together."""
        values = {"turn": turn, "replies": replies}
        return html("conversation_turn_ended.html", **values, swap=True, swap_reply=True)

    def text_swapped(self, growing: Growing) -> str:
        """The text so far."""
        return html("conversation_text.html", growing=growing)

    def calls_swapped(self, growing: Growing) -> str:
        """The calls of tools so far."""
        return html("conversation_calls.html", growing=growing)

    async def _session(self, session_id: str) -> Session:
        return (await self.control.shown(await self.control.get(session_id)))[0]

    async def _about(self, session: Session) -> dict[str, object]:
        scenario = await self.control.library.find(session.scenario)
        return {"session": session, "scenario": scenario}
