"""Resources: scenarios, sessions, their conversations and documents, each at an address of its own.

To add a resource: a function that reads it and a template of its address, listed below.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any

from fastmcp.resources import Resource, ResourceTemplate
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from playground.errors import PlaygroundError
from playground_gateway.doors import Doors, session_path
from playground_gateway.policy.rules import Rules
from playground_gateway.reading.asked import AskedProvider
from playground_gateway.refusal import Refusal, refusal
from playground_gateway.tools.scenarios import shown_scenario

JSON = "application/json"
LISTED_SESSIONS = 100
"""How many sessions the list names, the newest first; all others can be read by their id."""


class PlaygroundResources(AskedProvider):
    """Every resource is read by its template; the list names scenarios and sessions that may be."""

    def __init__(self, doors: Doors, rules: Rules) -> None:
        super().__init__()
        self._doors = doors
        self._rules = rules
        self._scenario, *self._of_sessions, self._document = _templates(doors, rules)

    async def _list_resource_templates(self) -> Sequence[ResourceTemplate]:
        return [self._scenario, *self._of_sessions, self._document]

    async def _list_resources(self) -> Sequence[Resource]:
        scenarios = await self._doors.api("GET", "/v1/scenarios")
        params = {"limit": LISTED_SESSIONS, "scenario": self._rules.scenarios}
        sessions = await self._doors.api("GET", "/v1/sessions", params=params)
        allowed = [one for one in scenarios["items"] if self._rules.allows(one["name"])]
        listed = [listed_resource(self._scenario, one["name"], one["title"]) for one in allowed]
        for one in sessions["items"]:
            for template in self._of_sessions:
                listed.append(listed_resource(template, one["id"], one["title"]))
        return listed

    async def _get_resource(self, uri: str, version: object = None) -> Resource | None:  # noqa: ARG002
        """None: everything is read by its template, also what no list names."""
        return None


def _templates(doors: Doors, rules: Rules) -> list[ResourceTemplate]:
    async def scenario(name: str) -> Any:
        return shown_scenario(await doors.api("GET", f"/v1/scenarios/{_word(name)}"))

    async def session(id: str) -> Any:
        return await doors.api("GET", session_path(id))

    async def messages(id: str) -> Any:
        path = session_path(id, "/messages")
        return await doors.chat("GET", path, params={"limit": 1_000})

    async def document(id: str) -> Any:
        return await doors.chat("GET", f"/v1/documents/{_word(id)}")

    return [
        resource_template(
            rules, scenario, "scenario://{name}", "Scenario", "What a scenario is and asks for."
        ),
        resource_template(
            rules, session, "session://{id}", "Session", "A session's status, page and turns."
        ),
        resource_template(
            rules, messages, "session://{id}/messages", "Messages", "What was said, by every door."
        ),
        resource_template(
            rules, document, "doc://{id}", "Document", "An uploaded document and its text."
        ),
    ]


def resource_template(
    rules: Rules, read: Callable[..., Awaitable[Any]], address: str, title: str, description: str
) -> ResourceTemplate:
    """JSON values at every address of that pattern; its failures carry the product's codes.

    What *rules* do not allow is refused here, where the name is known however it was written.
    """

    @wraps(read)
    async def reading(**values: str) -> Any:
        try:
            await rules.check_resource(address.format(**values))
            return await read(**values)
        except PlaygroundError as error:
            raise _protocol_error(refusal(error), address, values) from error
        except Refusal as error:
            raise _protocol_error(error, address, values) from error

    return ResourceTemplate.from_function(
        reading, address, name=title.lower(), title=title, description=description, mime_type=JSON
    )


def _protocol_error(error: Refusal, address: str, values: dict[str, str]) -> Exception:
    """Resources have no results that are errors, so the code stands in an error's data."""
    uri = address.format(**values)
    code = INTERNAL_ERROR if error.code == "internal" else INVALID_PARAMS
    return MCPError(code, error.detail, {"code": error.code, "detail": error.detail, "uri": uri})


def listed_resource(template: ResourceTemplate, identifier: str, title: str) -> Resource:
    """The resource at one address of *template*."""
    name = next(iter(template.parameters["properties"]))
    uri = template.uri_template.format(**{name: identifier})
    words = f"{template.title}: {title}"
    return _Listed(uri=uri, name=uri, title=words, mime_type=JSON)  # pyright: ignore[reportArgumentType]


class _Listed(Resource):
    """Names a resource in a list; it is read by its template."""


def _word(value: str) -> str:
    """*value*, where it can be part of a path; what cannot be names nothing."""
    if value.isascii() and value.replace("-", "").replace("_", "").isalnum():
        return value
    raise Refusal("invalid_request", f"{value[:100]!r} names nothing here.")
