"""Whether the whole stack goes down, or this worker alone: seen by who else of it still runs."""

from typing import Any

from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.refusals import EngineRefused

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
_DOORS = frozenset({"edge", "api"})


async def is_stack_going_down(engine: Engine, hostname: str) -> bool:
    """True in a container of a compose project of whose doors none runs. Raises LauncherAway."""
    try:
        ours = await engine.ask(lambda client: client.inspect_container(hostname))
    except EngineRefused:
        return False
    project = ours["Config"]["Labels"].get(PROJECT)
    # A machine may be called like somebody's container; a container is called by its id.
    if project is None or not ours["Id"].startswith(hostname):
        return False

    def running(client: Any) -> list[dict[str, Any]]:
        label = f"{PROJECT}={project}"
        return client.containers(filters={"label": label, "status": "running"})

    services = {entry["Labels"].get(SERVICE) for entry in await engine.ask(running)}
    return not services & _DOORS
