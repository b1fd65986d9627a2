"""All scenarios that can be launched: a file's name comes before one of somebody's own."""

from collections.abc import Iterable
from pathlib import Path

from playground.errors import Conflict, ScenarioNotFound
from playground.library.own import OwnScenarios
from playground.library.record import Version
from playground.scenarios.folder import Broken, ScenarioFolder
from playground.scenarios.model import Scenario


class Scenarios:
    """Finds scenarios by name. What is in the folder is found without Redis."""

    def __init__(self, folder: ScenarioFolder, own: OwnScenarios) -> None:
        self._folder = folder
        self._own = own

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folder.path

    def shipped(self) -> list[Scenario]:
        """Those of the folder, which no door can change."""
        return self._folder.all()

    async def own(self) -> list[Version]:
        """Those that people have made."""
        return (await self._of_their_own())[0]

    async def all(self) -> list[Scenario]:
        """Every usable one, the folder's first."""
        return [*self._folder.all(), *(one.scenario for one in await self.own())]

    async def broken(self) -> list[Broken]:
        """Files and records that cannot be used."""
        return [*self._folder.broken(), *(await self._of_their_own())[1]]

    async def get(self, name: str) -> Scenario:
        """The scenario of that name. Raises ScenarioNotFound."""
        found = await self.find(name)
        if found is None:
            raise ScenarioNotFound(f"There is no scenario {name!r}.")
        return found

    async def find(self, name: str) -> Scenario | None:
        """The same, or None where there is none."""
        return (await self.named([name])).get(name)

    async def saved(self, name: str) -> Version | None:
        """The newest version of somebody's own; None for a file's, which has no versions."""
        found = await self._own.find([name]) if self._shipped(name) is None else []
        return found[0] if found else None

    async def named(self, names: Iterable[str]) -> dict[str, Scenario]:
        """Those of *names* that there are."""
        wanted = set(names)
        found = {one.name: one for one in self._folder.all() if one.name in wanted}
        own = await self._own.find(wanted - set(found))
        return {one.scenario.name: one.scenario for one in own} | found

    async def create(self, scenario: Scenario) -> Version:
        """Keep a new one. Raises Conflict, InvalidRequest, TooLarge and NoCapacity."""
        self._require_free(scenario.name)
        return await self._own.create(scenario)

    async def save(self, scenario: Scenario, *, based_on: int | None = None) -> Version:
        """Keep the next version. Raises what `OwnScenarios.save` does; Conflict for a file's."""
        self._require_free(scenario.name)
        return await self._own.save(scenario, based_on=based_on)

    async def delete(self, name: str) -> None:
        """Forget one of somebody's own. Raises ScenarioNotFound; Conflict for a file's."""
        self._require_free(name)
        await self._own.delete(name)

    async def versions(self, name: str) -> list[Version]:
        """The versions of one, the newest first. Raises ScenarioNotFound, also for a file's."""
        return await self._own.versions(name)

    async def version(self, name: str, number: int) -> Version:
        """One of them. Raises ScenarioNotFound."""
        return await self._own.version(name, number)

    def _shipped(self, name: str) -> Scenario | None:
        return next((one for one in self._folder.all() if one.name == name), None)

    def _require_free(self, name: str) -> None:
        if self._shipped(name) is not None:
            raise Conflict(f"The scenario {name!r} is a file, which only its owner can change.")

    async def _of_their_own(self) -> tuple[list[Version], list[Broken]]:
        usable, broken = await self._own.all()
        files = {one.name for one in self._folder.all()}
        shadowed = [one.scenario.name for one in usable if one.scenario.name in files]
        hidden = [Broken(name, None, "a file has the same name") for name in shadowed]
        return [one for one in usable if one.scenario.name not in files], [*broken, *hidden]
