"""What a page does about its session: changes its inputs and model, asks something differently."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from playground.conversation.model import Door
from playground.errors import FieldError, InvalidRequest, PlaygroundError
from playground.scenarios.model import Scenario
from playground.sessions.model import Session
from playground_chat.backend.doors.desk import Desk, is_broken
from playground_chat.backend.doors.models import model_list
from playground_chat.backend.doors.page_stream import session_of_page
from playground_chat.backend.doors.page_token import PageSession
from playground_chat.backend.engine.branches import Branches
from playground_chat.backend.engine.model_status import ModelStates


class SessionChange(BaseModel):
    """What is absent stays as it is; a temperature of null goes back to the scenario's."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = {}
    model: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")] = ""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None

    @property
    def changes_inputs(self) -> bool:
        return "inputs" in self.model_fields_set


class Edited(BaseModel):
    """A question as it is to be asked instead, and the message that it was."""

    message_id: str
    input: str


def page_session_router(desk: Desk, states: ModelStates, branches: Branches) -> APIRouter:
    """The routes below /internal/page that are about the session rather than what is said in it."""
    router = APIRouter(prefix="/internal/page", include_in_schema=False)
    page = Depends(PageSession(desk.slots))
    public_url = desk.settings.public_url.rstrip("/")

    @router.post("/edits", status_code=201)
    async def ask_differently(edited: Edited, session_id: str = page) -> dict[str, str]:
        desk.require_fit(edited.input)
        branch = await branches.before(session_id, edited.message_id)
        try:
            await desk.begin(branch.id, edited.input, door=Door.PAGE)
        except PlaygroundError:
            await branches.undo(branch)
            raise
        return {"session_id": branch.id, "url": f"{public_url}/sessions/{branch.id}/open"}

    @router.patch("/session")
    async def change_session(given: SessionChange, session_id: str = page) -> dict[str, Any]:
        session = (await desk.sessions.get(session_id)).require_open()
        asks = await desk.scenarios.get(session.scenario) if given.changes_inputs else None
        change = changed_by(given, asks)
        return session_of_page(await desk.sessions.update(session_id, change))

    @router.get("/models", dependencies=[page])
    async def models() -> dict[str, Any]:
        return await model_list(states, default_model=desk.settings.default_model)

    return router


def changed_by(given: SessionChange, asks: Scenario | None) -> Callable[[Session], Session]:
    """How a session is once *given* is done; *asks* is its scenario, where inputs are given.

    The change raises SessionEnded, InvalidRequest.
    """

    def change(session: Session) -> Session:
        session = session.require_open()
        names = given.model_fields_set & {"model", "temperature"}
        update: dict[str, Any] = {name: getattr(given, name) for name in names}
        if asks is not None:
            update["inputs"] = _checked_inputs(session, given.inputs, asks)
        return session.model_copy(update=update) if update else session

    return change


def _checked_inputs(session: Session, inputs: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    known = {one.key for one in scenario.inputs}
    kept = {key: value for key, value in session.inputs.items() if key in known}
    checked = scenario.checked_inputs({**kept, **inputs})
    broken = [key for key, value in checked.items() if is_broken(str(value))]
    if broken:
        errors = tuple(FieldError(f"inputs.{key}", "is not a whole text") for key in broken)
        raise InvalidRequest("Some inputs are not texts.", errors=errors)
    return checked
