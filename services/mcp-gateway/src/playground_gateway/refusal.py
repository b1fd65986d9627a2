"""Errors as MCP clients see them: a tool error whose text is JSON with `code` and `detail`."""

import json
import logging
from collections.abc import Mapping
from typing import Any, cast

from fastmcp.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from playground.errors import PlaygroundError


class Refusal(ToolError):
    """What the product refuses or failed at, by the codes of contract §3.

    It stands in the text of the result: the structured part of a tool's result has to fit the
    tool's output schema, and clients check that of errors too.
    """

    def __init__(self, code: str, detail: str, fields: list[dict[str, str]] | None = None) -> None:
        self.code = code
        self.detail = detail
        self.fields = fields or []
        told: dict[str, Any] = {"code": code, "detail": detail}
        if fields:
            told["errors"] = fields
        super().__init__(json.dumps(told, ensure_ascii=False), log_level=logging.DEBUG)


def refusal(error: PlaygroundError) -> Refusal:
    """An error of the product, for MCP clients."""
    fields = [{"field": one.field, "message": one.message} for one in error.errors]
    return Refusal(error.code, error.detail, fields)


def protocol_error(error: PlaygroundError) -> MCPError:
    """The same where a result cannot be an error: resources, prompts, subscriptions."""
    return MCPError(INVALID_PARAMS, error.detail, {"code": error.code, "detail": error.detail})


def refusal_of_problem(problem: object) -> Refusal:
    """The problem (RFC 9457) with which a door has answered; `internal` if it is none."""
    if not isinstance(problem, Mapping):
        return refusal(PlaygroundError())
    told = cast(Mapping[str, Any], problem)
    if not isinstance(told.get("code"), str):
        return refusal(PlaygroundError())
    return Refusal(told["code"], str(told.get("detail", "")), told.get("errors"))
