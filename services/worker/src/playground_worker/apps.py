"""What the page of a `kind: app` session is made of, by its scenario."""

from playground.errors import ScenarioNotFound
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.model import Session
from playground_worker.launchers.protocol import (
    AppAddress,
    AppImage,
    AppPage,
    AppScript,
    UnitMissing,
)


class Apps:
    """Looks apps up. A chat's page is not one."""

    def __init__(self, scenarios: ScenarioFolder) -> None:
        self._scenarios = scenarios

    def of(self, session: Session) -> AppPage | None:
        """What the session's page is to be, or None for a chat. Raises UnitMissing."""
        if session.kind == "chat":
            return None
        try:
            app = self._scenarios.get(session.scenario).app
        except ScenarioNotFound as error:
            raise UnitMissing(f"The scenario {session.scenario!r} is gone.") from error
        if app is None:
            raise UnitMissing(f"The scenario {session.scenario!r} is no app any more.")
        if app.url is not None:
            return AppAddress(app.url.rstrip("/"))
        if app.image is not None:
            return AppImage(app.image, app.port)
        return self._script(app.script or "")

    def mcp_server_port(self, session: Session) -> int | None:
        """Where the scenario's own MCP server listens beside the page, if it does."""
        try:
            server = self._scenarios.get(session.scenario).mcp_server
        except ScenarioNotFound:
            return None
        return server.port if server is not None else None

    def _script(self, name: str) -> AppScript:
        folder = self._scenarios.path.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise UnitMissing(f"The script {name!r} leads out of the folder of scenarios.")
        if not path.is_file():
            raise UnitMissing(f"There is no script {name!r} in the folder of scenarios.")
        return AppScript(path)
