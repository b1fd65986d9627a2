"""LangChain's agent: a model that may call tools, round after round, until it answers."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, cast

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.tools import BaseTool

from playground_chat.backend.engine.tool_calls import TurnTools, WatchedToolCalls

_KEPT = 64


class Agents:
    """Makes an agent once for each model and its tools: compiling one takes longer than a turn."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], tuple[Any, list[Any]]] = {}

    async def stream(
        self, model: BaseChatModel, messages: Sequence[BaseMessage], turn: TurnTools
    ) -> AsyncGenerator[AIMessageChunk]:
        """What the model says in all rounds. Its tools are called meanwhile (`WatchedToolCalls`).

        Raises NotImplementedError where the model takes no tools, and what its provider raises.
        """
        agent = self._agent(model, turn.offer.told())
        steps = 2 * (turn.limits.rounds + 3)  # two for each round, and some to say that it is over
        told = agent.astream(
            {"messages": list(messages)},
            context=turn,
            stream_mode="messages",
            config={"recursion_limit": steps},
        )
        async with aclosing(told) as chunks:
            async for chunk, _ in chunks:
                if isinstance(chunk, AIMessageChunk):
                    yield chunk

    def _agent(self, model: BaseChatModel, tools: list[BaseTool]) -> Any:
        key = (id(model), *(id(tool) for tool in tools))
        if key not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            made: Any = create_agent(
                model, tools, middleware=[WatchedToolCalls()], context_schema=TurnTools
            )
            # What the key names has to live as long as it does.
            self._made[key] = (made, cast(list[Any], [model, *tools]))
        return self._made[key][0]
