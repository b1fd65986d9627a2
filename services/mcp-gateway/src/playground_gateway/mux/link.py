"""The tools' way to a shared page: a `Link` whose script session is everybody's."""

from collections.abc import AsyncGenerator

from playground_gateway.bridge import definitions
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.link import LinkLost
from playground_gateway.mux.party import Party
from playground_gateway.mux.shared import SharedPage


class SharedLink:
    """Attached to the page until it is closed."""

    runs_timers = True

    def __init__(self, page: SharedPage) -> None:
        self._page = page
        self._party = Party(human=False)
        self._closed = False
        page.attach(self._party)

    @property
    def definitions(self) -> definitions.Protocol:
        return self._page.link.definitions

    @property
    def base_url(self) -> str:
        return self._page.link.base_url

    @property
    def has_run(self) -> bool:
        return self._page.has_run

    async def humans_watching(self) -> int:
        return self._page.humans_watching

    def set_by_others(self) -> list[Proto]:
        states, self._party.set_by_others = self._party.set_by_others, []
        return states

    async def send(self, message: Proto) -> int:
        if self._page.lost is not None:
            raise LinkLost(self._page.lost)
        return await self._page.take(self._party, message)

    async def __aiter__(self) -> AsyncGenerator[Proto]:
        async for message in self._party.messages():
            yield message
        if not self._closed:
            raise LinkLost(self._page.lost or "too much happens on the page")

    async def close(self) -> None:
        self._closed = True
        self._party.dismiss()
        await self._page.detach(self._party)
