"""Asking a model: prompt, history and question through a LangChain chain, piece by piece."""

from collections.abc import AsyncGenerator

from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

from playground.conversation.history import ConversationHistory
from playground_chat.backend.engine.briefing import Briefing
from playground_chat.backend.engine.history import LogHistory, estimated_tokens, fitting
from playground_chat.backend.engine.models import ModelClients
from playground_chat.backend.engine.surroundings import with_context
from playground_chat.backend.engine.usage import Usage

_PROMPT = ChatPromptTemplate.from_messages(
    [("system", "{system}"), MessagesPlaceholder("history"), ("human", "{input}")]
)


class Answers:
    """Gives a model's answer to one question of a conversation."""

    def __init__(self, models: ModelClients, history: ConversationHistory) -> None:
        self._models = models
        self._history = history

    async def stream(
        self, briefing: Briefing, conversation_id: str, question: str, *, before: str, usage: Usage
    ) -> AsyncGenerator[str]:
        """The pieces of the answer as they come, never an empty one.

        *before* is the message id of the question. Raises ModelUnavailable when the model falls
        silent, and whatever its provider raises.
        """
        await self._models.ready()
        model = self._models.client(
            briefing.model,
            temperature=briefing.temperature,
            max_tokens=briefing.max_tokens,
            fallbacks=briefing.fallbacks,
        )
        said = await LogHistory(self._history, conversation_id, before=before).aget_messages()
        room = self._models.history_tokens(briefing.model)
        # A quarter for the context: a large one leaves room for what was said.
        system = with_context(briefing.system_prompt, briefing.context, room // 4)
        room -= estimated_tokens(system) + estimated_tokens(question)
        values = {"system": system, "input": question}
        chunks = (_PROMPT | model).astream({**values, "history": fitting(said, room)})
        async for chunk in chunks:
            usage.add(chunk)
            # SSE cannot carry a carriage return; without them every door shows the same text.
            if piece := chunk.text.replace("\r", ""):
                yield piece
