"""Clicks on a card: a double click is one launch, a click some time later is another one."""

from datetime import timedelta
from hashlib import sha256

from playground.clock import now
from playground.sessions.model import Session
from playground_api.control import Control
from playground_api.requests import NewSession

DOUBLE_CLICK = timedelta(seconds=3)


async def launched_by_click(control: Control, wanted: NewSession, key: str) -> Session:
    """The session for a click that asks for *wanted*, in the page that was rendered with *key*.

    The page stays open after a click, so the same key comes again: within seconds it is the same
    click, later a new one, whose key is the session that the one before it made. What was changed
    in the form meanwhile is another wish.
    """
    wish = sha256(wanted.model_dump_json().encode()).hexdigest()
    claim = f"click:{wish}:{key}" if key else None
    while True:
        asked = await control.launch(wanted, idempotency_key=claim)
        if asked.fresh or now() - asked.session.created_at < DOUBLE_CLICK:
            return asked.session
        claim = f"click-after:{asked.session.id}"
