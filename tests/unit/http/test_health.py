import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from playground_http import health
from playground_http.health import Check, Unhealthy, health_router


async def well() -> Mapping[str, Any]:
    return {"seen": 3}


async def away() -> Mapping[str, Any]:
    raise Unhealthy("no worker has been seen")


async def broken() -> Mapping[str, Any]:
    raise RuntimeError("at 10.0.0.7")


async def readiness(**checks: Check) -> httpx.Response:
    app = FastAPI()
    app.include_router(health_router(checks))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        return await client.get("/readiness")


@pytest.mark.parametrize(
    ("checks", "http_status", "status"),
    [
        ({"a": Check(well)}, 200, "ready"),
        ({"a": Check(well), "b": Check(away, vital=False)}, 200, "degraded"),
        ({"a": Check(well, vital=False), "b": Check(away)}, 503, "unready"),
        ({}, 200, "ready"),
    ],
)
async def test_readiness_tells_the_worst_of_its_dependencies(
    checks: dict[str, Check], http_status: int, status: str
):
    answer = await readiness(**checks)
    assert (answer.status_code, answer.json()["status"]) == (http_status, status)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_check_shows_its_details_and_its_time():
    state = (await readiness(a=Check(well))).json()["checks"]["a"]
    assert state["ok"] is True
    assert state["seen"] == 3
    assert state["ms"] >= 0


async def test_a_failure_shows_its_words_only_where_they_were_meant_for_that():
    answer = await readiness(a=Check(away), b=Check(broken))
    checks = answer.json()["checks"]
    assert checks["a"] == {"ok": False, "detail": "no worker has been seen"}
    assert checks["b"] == {"ok": False, "detail": "RuntimeError"}


async def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    async def hangs() -> Mapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.01)
    answer = await readiness(a=Check(hangs))
    assert answer.json()["checks"]["a"] == {"ok": False, "detail": "TimeoutError"}
