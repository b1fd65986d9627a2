"""A session's context: what surrounds its conversation and is told to the model (contract §5)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from playground.errors import TooLarge
from playground.sessions.model import Session
from playground_api.control import MAX_CONTEXT_BYTES, Control
from playground_api.json_values import size_of

Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Surroundings:
    """Reads and writes the contexts of one principal's sessions. None of it wakes a session.

    Reading works on ended sessions too; writing raises SessionEnded there, and TooLarge.
    """

    control: Control

    async def read(self, session_id: str) -> dict[str, Any]:
        return (await self.control.get(session_id)).context

    async def replace(self, session_id: str, context: dict[str, Any]) -> dict[str, Any]:
        """The context is *context* from now on."""
        return await self._change(session_id, lambda _: context)

    async def merge(self, session_id: str, patch: dict[str, Any]) -> dict[str, Any]:
        """The context with the merge patch *patch* (RFC 7396) applied."""
        return await self._change(session_id, lambda context: merged(context, patch))

    async def _change(self, session_id: str, change: Change) -> dict[str, Any]:
        def changed(session: Session) -> Session:
            context = require_fit(change(session.require_open().context))
            return session.model_copy(update={"context": context})

        await self.control.get(session_id)  # somebody else's is not there
        return (await self.control.store.update(session_id, changed)).context


def require_fit(context: dict[str, Any]) -> dict[str, Any]:
    """*context*, if it is not too large. Raises TooLarge."""
    if size_of(context) > MAX_CONTEXT_BYTES:
        raise TooLarge(f"context is larger than {MAX_CONTEXT_BYTES:,} bytes.")
    return context


def merged(target: object, patch: dict[str, Any]) -> dict[str, Any]:
    """*target* after *patch*: null removes, objects merge, anything else replaces (RFC 7396)."""
    result = dict(cast(dict[str, Any], target)) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result.get(key), cast(dict[str, Any], value))
        else:
            result[key] = value
    return result
