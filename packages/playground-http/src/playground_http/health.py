"""Liveness and readiness: one endpoint asks every dependency that was registered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

CHECK_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Check:
    """How one dependency is. Without a vital one the service is unready, else only degraded."""

    probe: Callable[[], Awaitable[Mapping[str, Any]]]
    """Returns details to show; raises where the dependency is not usable."""
    vital: bool = True


class Unhealthy(Exception):
    """Raised by a probe; its text is shown, so it holds no address and no secret."""


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """`/healthz` and `/readiness` (contract §2)."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readiness")
    async def readiness() -> JSONResponse:
        states = await asyncio.gather(*(_asked(check) for check in checks.values()))
        vital = all(s["ok"] for c, s in zip(checks.values(), states, strict=True) if c.vital)
        status = "unready" if not vital else _ready_or_degraded(states)
        body = {"status": status, "checks": dict(zip(checks, states, strict=True))}
        return JSONResponse(body, 200 if vital else 503, {"Cache-Control": "no-store"})

    return router


def _ready_or_degraded(states: list[dict[str, Any]]) -> str:
    return "ready" if all(s["ok"] for s in states) else "degraded"


async def _asked(check: Check) -> dict[str, Any]:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            details = await check.probe()
    except Unhealthy as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:  # a probe may fail in any way; that is what it is for
        return {"ok": False, "detail": type(error).__name__}
    return {"ok": True, "ms": round((time.perf_counter() - begun) * 1000, 2), **details}
