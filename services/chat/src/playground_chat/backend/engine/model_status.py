"""Which models are usable, and why not (contract §7): asked of their servers, kept briefly."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from playground.errors import ModelUnavailable
from playground_chat.backend.engine.failures import failure_of
from playground_chat.backend.engine.models import ModelClients

FRESH_S = 10.0


@dataclass(frozen=True)
class ModelState:
    """Whether a model can be used; `reason` says why not."""

    model: str
    usable: bool
    reason: str | None = None


class ModelStates:
    """States of the models that are *named*, each asked for at most once in ten seconds."""

    def __init__(self, models: ModelClients, named: Callable[[], Awaitable[Sequence[str]]]) -> None:
        self._models = models
        self._named = named
        self._known: dict[str, tuple[float, ModelState]] = {}
        self._asking: dict[str, asyncio.Task[ModelState]] = {}

    async def all(self) -> list[ModelState]:
        """The state of every named model."""
        return list(await asyncio.gather(*(self.of(model) for model in await self._named())))

    async def of(self, model: str, *, patience_s: float = 3.0) -> ModelState:
        """The state of *model*; where its server takes longer than *patience_s*, the last known."""
        asked_at, known = self._known.get(model, (0.0, None))
        if known is not None and time.monotonic() - asked_at < FRESH_S:
            return known
        if model not in self._asking:
            self._asking[model] = asyncio.create_task(self._asked(model), name=f"status {model}")
        await asyncio.wait({self._asking[model]}, timeout=patience_s)
        late = ModelState(model, False, "Its server has not answered yet.")
        return self._known.get(model, (0.0, known or late))[1]

    async def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _asked(self, model: str) -> ModelState:
        try:
            state = ModelState(model, True)
            await self._models.reach(model)
        except ModelUnavailable as error:
            state = ModelState(model, False, error.detail)
        except Exception as error:  # a provider may fail in any way; here that is an answer
            state = ModelState(model, False, failure_of(error, model).detail)
        finally:
            self._asking.pop(model, None)
        self._known[model] = (time.monotonic(), state)
        return state
