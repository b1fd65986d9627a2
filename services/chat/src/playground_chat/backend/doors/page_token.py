"""Which session a page may speak for: that of the slot whose token it names."""

from typing import Annotated

from fastapi import Header

from playground.errors import Unauthorized
from playground.sessions.slots import SlotStore


class PageSession:
    """A dependency: the id of the session whose page asks. Raises Unauthorized."""

    def __init__(self, slots: SlotStore) -> None:
        self._slots = slots

    async def __call__(self, authorization: Annotated[str, Header()] = "") -> str:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("A page names its slot's token: Authorization: Bearer ...")
        return await self._slots.session_of(token.strip())
