"""What a session's page may use, by its scenario."""

from playground.errors import ScenarioNotFound
from playground.library.scenarios import Scenarios
from playground.scenarios.model import Limits
from playground_worker.launchers.protocol import Allowance


class Allowances:
    """Looks limits up. A scenario that is gone has the usual ones."""

    def __init__(self, scenarios: Scenarios) -> None:
        self._scenarios = scenarios

    async def limits(self, scenario: str) -> Limits:
        """The scenario's limits."""
        try:
            return (await self._scenarios.get(scenario)).limits
        except ScenarioNotFound:
            return Limits()

    async def of(self, scenario: str) -> Allowance:
        """What its pages may use."""
        limits = await self.limits(scenario)
        return Allowance(limits.memory_mb, limits.cpus, limits.internet)
