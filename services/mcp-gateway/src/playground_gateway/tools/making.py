"""How a function becomes a tool: its annotations, its errors, what kind of use it is for."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from fastmcp.tools import FunctionTool, Tool
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict

from playground.errors import PlaygroundError
from playground_gateway.refusal import refusal

CONTROL: dict[str, Any] = {"playground": {"use": "control"}}
"""Marks tools that drive the playground; agents inside of it are given only the others."""

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
CONVERSES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
ENDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)


class Shown(BaseModel):
    """A result as a door gives it: the fields that are known here, and whatever comes with them."""

    model_config = ConfigDict(extra="allow", frozen=True)


def tool(
    function: Callable[..., Awaitable[Any]],
    *,
    title: str,
    annotations: ToolAnnotations,
    meta: dict[str, Any] | None = None,
) -> FunctionTool:
    """*function* as a tool of its own name, whose failures carry the product's codes."""

    @wraps(function)
    async def refusing(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except PlaygroundError as error:
            raise refusal(error) from error

    return Tool.from_function(refusing, title=title, annotations=annotations, meta=meta)
