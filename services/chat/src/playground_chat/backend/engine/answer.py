"""Asking a model: prompt, history and question, through the agent where there are tools for it."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata

from playground_chat.backend.engine.briefing import Briefing
from playground_chat.backend.engine.memory import Memory
from playground_chat.backend.engine.models import ModelClients
from playground_chat.backend.engine.repeats import Repeats
from playground_chat.backend.engine.surroundings import with_context
from playground_chat.backend.engine.tools import Tools
from playground_chat.backend.engine.transcript import Transcript
from playground_chat.backend.engine.usage import Usage
from playground_chat.backend.engine.window import estimated_tokens

log = logging.getLogger(__name__)

TOOLS_UNAVAILABLE = "tools_unavailable"
NOTHING_USED = UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)


class Answers:
    """Gives a model's answer to one question of a conversation."""

    def __init__(
        self, models: ModelClients, memory: Memory, tools: Tools, repeats: Repeats
    ) -> None:
        self._models = models
        self._memory = memory
        self._tools = tools
        self._repeats = repeats

    async def give(
        self,
        briefing: Briefing,
        conversation_id: str,
        question: str,
        *,
        before: str,
        usage: Usage,
        transcript: Transcript,
    ) -> None:
        """The whole answer, into *transcript* as it comes.

        *before* is the message id of the question. Raises ModelUnavailable when the model falls
        silent, and whatever its provider raises.
        """
        messages = await self._messages(briefing, conversation_id, question, before)
        if briefing.repeat is None:
            await self._ask(briefing, conversation_id, messages, usage, transcript)
            return
        known = None if briefing.anew else await self._repeats.find(briefing, messages)
        if known is not None:
            usage.add(AIMessage(known, usage_metadata=NOTHING_USED))
            transcript.say(known)
            return
        await self._ask(briefing, conversation_id, messages, usage, transcript)
        if transcript.content and not transcript.tool_calls:
            self._repeats.keep(briefing, messages, transcript.content)

    async def _ask(
        self,
        briefing: Briefing,
        conversation_id: str,
        messages: list[BaseMessage],
        usage: Usage,
        transcript: Transcript,
    ) -> None:
        """The model itself, with the tools that there are for it."""
        await self._models.ready()
        model = self._models.client(
            briefing.model,
            temperature=briefing.temperature,
            max_tokens=briefing.max_tokens,
            fallbacks=briefing.fallbacks,
        )
        if not self._tools.wanted_for(briefing):
            await _hear(model.astream(messages), usage, transcript)
            return
        box = await self._tools.box()
        offer = await box.offer(briefing.tools)
        if offer.missing:
            self._warn(transcript, offer.missing)
        if not offer.tools:
            await _hear(model.astream(messages), usage, transcript)
            return
        answer = box.answer(model, messages, offer, conversation_id, transcript)
        try:
            async with aclosing(answer) as chunks:
                await _hear(chunks, usage, transcript)
        except Exception as error:
            if transcript.pieces or transcript.tool_calls or not _takes_no_tools(error):
                raise
            log.info("%s takes no tools and is asked without: %s", briefing.model, error)
            self._warn(transcript, [f"{briefing.model} cannot use tools."])
            await _hear(model.astream(messages), usage, transcript)
        else:
            if not offer.missing and (gone := await offer.gone()):
                self._warn(transcript, gone)

    def remember(self, conversation_id: str, briefing: Briefing) -> None:
        """After an answer: see to it that what will not fit any more is not forgotten."""
        self._memory.summaries.consider(conversation_id, briefing)

    async def _messages(
        self, briefing: Briefing, conversation_id: str, question: str, before: str
    ) -> list[BaseMessage]:
        """What the model reads: instructions, what was said as far as it fits, the question."""
        room = self._models.history_tokens(briefing.model)
        # A quarter for the context: a large one leaves room for what was said.
        system = with_context(briefing.system_prompt, briefing.context, room // 4)
        room -= estimated_tokens(system) + estimated_tokens(question)
        past = await self._memory.recall(conversation_id, before=before, room=room)
        return [SystemMessage(system + past.told), *past.messages, HumanMessage(question)]

    def _warn(self, transcript: Transcript, missing: Sequence[str]) -> None:
        detail = " ".join(missing)
        log.warning("an answer lacks tools: %s", detail)
        self._tools.metrics.fallbacks.inc()
        transcript.warn(TOOLS_UNAVAILABLE, detail)


async def _hear(chunks: AsyncIterator[BaseMessage], usage: Usage, transcript: Transcript) -> None:
    async for chunk in chunks:
        usage.add(chunk)
        # SSE cannot carry a carriage return; without them every door shows the same text.
        if piece := chunk.text.replace("\r", ""):
            transcript.say(piece)


def _takes_no_tools(error: Exception) -> bool:
    """Whether a model, or its server, refused the request because of its tools."""
    if isinstance(error, NotImplementedError):
        return True
    return getattr(error, "status_code", None) == 400 and "tool" in str(error).lower()
