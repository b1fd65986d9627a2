"""A session as clients see it, for the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from playground.sessions.model import EndReason, Launch, Status


class SessionShown(BaseModel):
    """A session (contract §5)."""

    id: str
    scenario: str
    title: str
    status: Status
    url: str | None
    created_at: datetime
    ready_at: datetime | None
    last_active_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    launch: Launch
    model: str
    temperature: float | None
    inputs: dict[str, Any]
    turns: int
    launcher: str
    error: dict[str, Any] | None = None


SESSION_ANSWERS: dict[int | str, dict[str, Any]] = {"2XX": {"model": SessionShown}}
