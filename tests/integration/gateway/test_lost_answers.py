"""A comparison whose stream breaks off: what was not heard to its end is no answer."""

import json

from fastmcp import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground_gateway.doors import Doors
from playground_gateway.server import mcp_server
from playground_gateway.tools.comparison import comparison_tools
from playground_gateway.turns import Turns
from tests.support.served import served

TOLD = (
    ("target", {"target": 0, "session_id": "left", "model": "m"}),
    ("target", {"target": 1, "session_id": "right", "model": "m"}),
    ("error", {"target": 2, "problem": {"code": "rate_limited", "detail": "Later."}}),
    ("token", {"target": 0, "text": "Whole."}),
    ("token", {"target": 1, "text": "Half of"}),
    ("done", {"target": 0, "session_id": "left"}),
)


async def chat_that_breaks_off(_: Request) -> Response:
    """The chat backend's door, until it was killed."""
    events = (f"event: {kind}\ndata: {json.dumps(data)}\n\n" for kind, data in TOLD)
    return Response("".join(events), media_type="text/event-stream")


async def test_an_answer_that_breaks_off_is_told_as_lost_and_what_was_told_before_is_kept():
    chat = Starlette(routes=[Route("/v1/compare", chat_that_breaks_off, methods=["POST"])])
    async with served(chat) as url:
        doors = Doors(url, url)
        server = mcp_server(comparison_tools(doors, Turns(doors), max_targets=3), [])
        async with Client(server) as client:
            targets = [{"session_id": name} for name in ("left", "right", "busy")]
            result = await client.call_tool("compare", {"message": "?", "targets": targets})
        await doors.close()
    whole, half, refused = (result.structured_content or {})["answers"]
    assert (whole["text"], whole["error"]) == ("Whole.", None)
    assert (half["text"], half["error"]["code"]) == ("Half of", "internal")
    assert half["session_id"] == "right"
    assert refused["error"] == {"code": "rate_limited", "detail": "Later."}
