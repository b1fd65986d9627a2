"""Whether answers use tools, and the box of them, imported in a thread when first wanted."""

import asyncio
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from playground.models import EMBEDDED
from playground_chat.backend.engine.briefing import Briefing
from playground_chat.backend.engine.model_names import provider_of
from playground_chat.backend.settings import ChatSettings
from playground_chat.backend.tools.metrics import ToolMetrics

if TYPE_CHECKING:
    from playground_chat.backend.engine.toolbox import Toolbox

TOOLBOX = "playground_chat.backend.engine.toolbox"


class Tools:
    """The tools of this process' answers. `close` at the end."""

    def __init__(self, settings: ChatSettings, metrics: ToolMetrics) -> None:
        self._settings = settings
        self._importing: asyncio.Task[ModuleType] | None = None
        self._box: Toolbox | None = None
        self.metrics = metrics

    def wanted_for(self, briefing: Briefing) -> bool:
        """Whether this answer is to have tools. The embedded model is too small for any."""
        asked_for = self._settings.use_mcp_in_chat or briefing.agent
        return asked_for and provider_of(briefing.model) != EMBEDDED

    async def box(self) -> "Toolbox":
        """The box, after its import."""
        if self._importing is None:
            work = asyncio.to_thread(import_module, TOOLBOX)
            self._importing = asyncio.create_task(work, name="import of the toolbox")
        module = await asyncio.shield(self._importing)
        box: Toolbox = self._box or module.Toolbox(self._settings, self.metrics)
        self._box = box
        return box

    async def ready(self) -> None:
        """Import it beside the service's start, where answers of the default model use it."""
        default = Briefing(self._settings.default_model, "")
        if self.wanted_for(default):
            await self.box()

    async def close(self) -> None:
        """End the connections to servers."""
        if self._box is not None:
            await self._box.close()
