"""Answers with tools: what a turn is offered, and the agent that uses it.

Imported when it is first needed (`Tools`): LangChain's agent and its MCP client take a second.
"""

from collections.abc import AsyncGenerator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from playground_chat.backend.engine.agent import Agents
from playground_chat.backend.engine.tool_calls import ToolLimits, TurnTools
from playground_chat.backend.engine.transcript import Transcript
from playground_chat.backend.settings import ChatSettings
from playground_chat.backend.tools.metrics import ToolMetrics
from playground_chat.backend.tools.offer import Offer
from playground_chat.backend.tools.servers import ToolServers
from playground_chat.backend.tools.wanted import ToolsWanted


class Toolbox:
    """The servers that this process knows, and the agents that it has made."""

    def __init__(self, settings: ChatSettings, metrics: ToolMetrics) -> None:
        self._servers = ToolServers(
            settings.mcp_server_url, settings.mcp_transport, commands=settings.tool_commands
        )
        self._limits = ToolLimits(
            seconds=settings.tool_timeout_s,
            rounds=settings.tool_rounds,
            characters=settings.tool_result_chars,
        )
        self._metrics = metrics
        self._agents = Agents()

    async def offer(self, wanted: ToolsWanted) -> Offer:
        """The tools of one turn, as far as they can be had without a long wait."""
        return await self._servers.offer(wanted)

    def answer(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        offer: Offer,
        conversation_id: str,
        transcript: Transcript,
    ) -> AsyncGenerator[AIMessageChunk]:
        """What *model* says; its calls of tools go into *transcript* by themselves."""
        turn = TurnTools(conversation_id, offer, transcript, self._limits, self._metrics)
        return self._agents.stream(model, messages, turn)

    async def close(self) -> None:
        """End the connections to servers."""
        await self._servers.close()
