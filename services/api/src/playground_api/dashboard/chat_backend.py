"""The chat backend as the dashboard asks it: over HTTP, by a name that it answers to."""

import json
import logging
from typing import Any, cast

import httpx

from playground.conversation.model import Door
from playground.errors import PlaygroundError
from playground_api.comparisons.chat_door import ChatAway

log = logging.getLogger(__name__)

_WITHIN = httpx.Timeout(30, connect=3)


class ChatRefused(PlaygroundError):
    """The chat backend did not take the message."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.code = str(problem.get("code", self.code))
        self.status = int(problem.get("status", self.status))
        self.title = str(problem.get("title", self.title))


class ChatBackend:
    """Asks for turns; what becomes of them stands in the conversation's log."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Host": "localhost", "X-Playground-Door": Door.PAGE},
            timeout=_WITHIN,
            trust_env=False,
        )

    async def begin_turn(self, session_id: str, text: str | None) -> None:
        """Have a turn begin with *text*, or the last question asked anew. It runs without us.

        Raises ChatRefused, ChatAway.
        """
        asked = {"input": text} if text is not None else {"regenerate": True}
        body = {"session_id": session_id, **asked}
        try:
            async with self._client.stream("POST", "/v1/chat/stream", json=body) as answer:
                if not answer.is_success:
                    raise ChatRefused(_problem(await answer.aread()))
        except httpx.HTTPError as error:
            log.warning("the chat backend: %s", type(error).__name__)
            raise ChatAway from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _problem(body: bytes) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], json.loads(body))
    except ValueError:
        return {}
