"""What a turn is offered: tools of several servers under names of their own, as a model is told."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, SchemaError
from langchain_core.tools import BaseTool, StructuredTool

from playground_chat.backend.tools.connection import ToolConnection

log = logging.getLogger(__name__)

SESSION = "session_id"
"""An argument of the playground's own tools that the model is not asked for."""

_DESCRIPTION = 1_024
_NAME = 64


@dataclass(frozen=True)
class OfferedTool:
    """A tool as a model may call it: whose it is, and what it is called there."""

    told: BaseTool
    """Its name, description and schema, as the model is told them."""
    connection: ToolConnection
    name: str
    knows_session: bool


@dataclass
class Offer:
    """The tools of one turn by the names that the model is told, and what is missing."""

    tools: dict[str, OfferedTool] = field(default_factory=dict[str, OfferedTool])
    missing: list[str] = field(default_factory=list[str])
    """What could not be had, in words for a reader."""
    connections: list[ToolConnection] = field(default_factory=list[ToolConnection])

    def told(self) -> list[BaseTool]:
        """The tools for the model."""
        return [tool.told for tool in self.tools.values()]

    def add(self, connection: ToolConnection, found: Mapping[str, BaseTool], *, own: bool) -> None:
        """Offer *found*; *own* ones are the playground's, which know sessions."""
        self.connections.append(connection)
        for name, tool in found.items():
            told = self._name(connection.name, name)
            made = _as_told(told, tool, hidden=SESSION if own else None)
            if made is not None:
                knows = own and SESSION in _properties(tool)
                self.tools[told] = OfferedTool(made, connection, name, knows)

    async def gone(self) -> list[str]:
        """Servers that went away unnoticed: their tools were offered, but nobody called them."""
        lost = [one.name for one in self.connections if not await one.still_there()]
        return [f"The MCP server {name} cannot be reached." for name in lost]

    def _name(self, server: str, name: str) -> str:
        """A name that providers take and no other tool has."""
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_NAME] or "tool"
        return plain if plain not in self.tools else f"{server}_{plain}"[:_NAME]


def for_conversations(tools: Mapping[str, BaseTool]) -> dict[str, BaseTool]:
    """Those of the playground's *tools* that do not control the playground itself."""
    return {name: tool for name, tool in tools.items() if not _controls(tool)}


def _controls(tool: BaseTool) -> bool:
    at: Any = tool.metadata or {}
    for key in ("mcp", "tool", "_meta", "playground", "use"):
        at = cast(dict[str, Any], at).get(key) if isinstance(at, dict) else None
    return at == "control"


def _as_told(name: str, tool: BaseTool, *, hidden: str | None) -> BaseTool | None:
    schema = json.dumps(tool.args_schema, sort_keys=True)
    return _made(name, tool.description[:_DESCRIPTION], schema, hidden)


@lru_cache(1_024)  # the same object for the same tool: agents are kept by their tools
def _made(name: str, description: str, schema_json: str, hidden: str | None) -> BaseTool | None:
    """A tool for a model, or None where its schema is not one."""
    schema: dict[str, Any] = json.loads(schema_json)
    try:
        Draft202012Validator.check_schema(schema)
        if schema.get("type", "object") != "object":
            raise SchemaError("the arguments are no object")
    except SchemaError as error:
        log.warning("tool %s is not offered: its schema is wrong: %s", name, error.message)
        return None
    properties: dict[str, Any] = schema.get("properties", {})
    if hidden in properties:
        schema["required"] = [one for one in schema.get("required", []) if one != hidden]
    schema["type"] = "object"
    schema["properties"] = {key: value for key, value in properties.items() if key != hidden}
    return StructuredTool(name=name, description=description, args_schema=schema, coroutine=_never)


def _properties(tool: BaseTool) -> dict[str, Any]:
    properties = cast(dict[str, Any], tool.args_schema).get("properties")
    return cast(dict[str, Any], properties) if isinstance(properties, dict) else {}


async def _never(**_: Any) -> str:
    raise AssertionError("calls go through the turn's own middleware")
