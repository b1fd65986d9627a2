"""What no client should send to /mcp: refused in words, nothing hung, and the door goes on."""

import json
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.needs("redis")

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
LISTING: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {"_meta": META},
}
MALFORMED = {
    "half": b"{",
    "nothing": b"",
    "no text": b"\xff\xfe",
    "null": b"null",
    "no method": b'{"jsonrpc":"2.0"}',
    "deep": b"[" * 100_000,
    "a batch of 1,000": json.dumps([LISTING] * 1_000).encode(),
}


def headers(era: str, method: str = "tools/list", **more: str) -> dict[str, str]:
    return {
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": era,
        "mcp-method": method,
        **more,
    }


@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_request_is_refused_and_the_door_goes_on(
    web_url: str, era: str, body: bytes
):
    async with httpx.AsyncClient(timeout=10) as http:
        refused = await http.post(f"{web_url}/mcp", content=body, headers=headers(era))
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] in (-32700, -32600, -32602)
        listed = await http.post(f"{web_url}/mcp", json=LISTING, headers=headers("2026-07-28"))
    assert "app_view" in listed.text


async def test_a_page_of_another_site_is_refused(web_url: str):
    foreign = headers("2026-07-28", origin="https://evil.example")
    async with httpx.AsyncClient() as http:
        refused = await http.post(f"{web_url}/mcp", json=LISTING, headers=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("megabytes", "said"), [(20, "session_not_found"), (40, "too_large")])
async def test_a_file_comes_through_as_large_as_is_said_and_no_larger(
    web_url: str, redis_url: str, megabytes: int, said: str
):
    content = "x" * (megabytes << 20)
    arguments = {"session_id": "nobody", "key": "k", "name": "f", "content": content}
    params = {"name": "app_upload", "arguments": arguments, "_meta": META}
    call = {**LISTING, "method": "tools/call", "params": params}
    named = headers("2026-07-28", "tools/call", **{"mcp-name": "app_upload"})
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.post(f"{web_url}/mcp", json=call, headers=named)
    assert said in answer.text
