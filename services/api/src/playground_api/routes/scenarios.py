"""Scenarios over REST (contract §4): all of them, and people's own to be made and changed."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from playground.errors import FieldError, InvalidRequest
from playground.library.record import Version
from playground.library.scenarios import Scenarios
from playground.scenarios.model import Scenario
from playground.scenarios.writing import as_yaml
from playground_api.downloads import download

Name = Annotated[str, Path(max_length=100)]


def scenarios_router(scenarios: Scenarios) -> APIRouter:
    """`/v1/scenarios`."""
    router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

    @router.get("")
    async def list_scenarios(
        include: Annotated[
            Literal["invalid"] | None, Query(description="`invalid` adds what is broken")
        ] = None,
    ) -> dict[str, list[dict[str, Any]]]:
        listing = {"items": [_shown(scenario) for scenario in await scenarios.all()]}
        if include == "invalid":
            listing["invalid"] = [asdict(broken) for broken in await scenarios.broken()]
        return listing

    @router.get("/{name}")
    async def get_scenario(name: Name) -> dict[str, Any]:
        return _shown(await scenarios.get(name))

    @router.get("/{name}/export", response_class=Response)
    async def export_scenario(name: Name) -> Response:
        """The YAML file that goes into the folder of scenarios."""
        return yaml_file(await scenarios.get(name))

    @router.get("/{name}/versions")
    async def list_versions(name: Name) -> dict[str, list[dict[str, Any]]]:
        """The versions that are kept of one of your own, the newest first."""
        return {"items": [_version(one) for one in await scenarios.versions(name)]}

    return router


def own_scenarios_router(scenarios: Scenarios) -> APIRouter:
    """The same paths, for those who change something."""
    router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

    @router.post("", status_code=201)
    async def create_scenario(scenario: Scenario) -> JSONResponse:
        """One of your own. It may run no code and read no secrets: that is for files alone."""
        made = await scenarios.create(scenario)
        headers = {"Location": f"/v1/scenarios/{scenario.name}"}
        return JSONResponse(_shown(made.scenario), 201, headers)

    @router.put("/{name}")
    async def save_scenario(
        name: Name,
        scenario: Scenario,
        based_on: Annotated[
            int | None,
            Query(ge=1, description="The version that was changed; 409 where there is a newer one"),
        ] = None,
    ) -> dict[str, Any]:
        """The next version of one of your own. The same again makes none."""
        if scenario.name != name:
            wrong = FieldError("name", "A scenario keeps its name; make a new one instead.")
            raise InvalidRequest("The name is another one.", errors=(wrong,))
        return _shown((await scenarios.save(scenario, based_on=based_on)).scenario)

    @router.delete("/{name}", status_code=204)
    async def delete_scenario(name: Name) -> Response:
        """One of your own, with its versions. Its sessions keep their conversations."""
        await scenarios.delete(name)
        return Response(status_code=204)

    return router


def yaml_file(scenario: Scenario) -> Response:
    """*scenario* to be taken along."""
    return download(as_yaml(scenario), "application/yaml", f"{scenario.name}.yaml")


def _shown(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True)


def _version(one: Version) -> dict[str, Any]:
    whole = one.model_dump(mode="json", include={"version", "saved_at"})
    return {**whole, "scenario": _shown(one.scenario)}
