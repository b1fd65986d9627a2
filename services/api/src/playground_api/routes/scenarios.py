"""Scenarios over REST (contract §4)."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from playground.scenarios.folder import ScenarioFolder
from playground.scenarios.model import Scenario


def scenarios_router(scenarios: ScenarioFolder) -> APIRouter:
    """`/v1/scenarios`."""
    router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

    @router.get("")
    async def list_scenarios(
        include: Annotated[
            Literal["invalid"] | None, Query(description="`invalid` adds the files that are broken")
        ] = None,
    ) -> dict[str, list[dict[str, Any]]]:
        listing = {"items": [_shown(scenario) for scenario in scenarios.all()]}
        if include == "invalid":
            listing["invalid"] = [asdict(broken) for broken in scenarios.broken()]
        return listing

    @router.get("/{name}")
    async def get_scenario(name: str) -> dict[str, Any]:
        return _shown(scenarios.get(name))

    return router


def _shown(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True)
