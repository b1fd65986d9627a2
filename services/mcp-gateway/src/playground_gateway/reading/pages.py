"""`app://{id}/page`: what the page of a session shows now, as a resource."""

from collections.abc import Sequence

from fastmcp.resources import Resource, ResourceTemplate

from playground_gateway.apps.open_pages import OpenPages
from playground_gateway.apps.showing import shown
from playground_gateway.policy.rules import Rules
from playground_gateway.reading.asked import AskedProvider
from playground_gateway.reading.resources import resource_template
from playground_gateway.replicas.passing_on import OtherReplicas


class PageResources(AskedProvider):
    """Read by their template: any session may have a page, and reading it wakes a parked one."""

    def __init__(self, pages: OpenPages, others: OtherReplicas, rules: Rules) -> None:
        super().__init__()

        async def page(id: str) -> dict[str, object]:
            there = await others.read(id, f"app://{id}/page")
            if there is not None:
                return there
            async with pages.page(id) as open_page:
                return (await shown(open_page)).model_dump(mode="json")

        said = "What a session's page shows, and what can be done there; the app's own words."
        self._page = resource_template(rules, page, "app://{id}/page", "Page", said)

    async def _list_resource_templates(self) -> Sequence[ResourceTemplate]:
        return [self._page]

    async def _list_resources(self) -> Sequence[Resource]:
        """None: who looks at a page opens it."""
        return []

    async def _get_resource(self, uri: str, version: object = None) -> Resource | None:  # noqa: ARG002
        return None
