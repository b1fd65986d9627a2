"""Rows of the list as HTML, kept while nothing in them changes: a list is mostly old rows."""

from collections import OrderedDict

from markupsafe import Markup

from playground.sessions.model import Status
from playground_api.dashboard.rendering import age, html
from playground_api.dashboard.session_list import Row
from playground_api.dashboard.words import megabytes

_KEPT = 2_000


class RowTexts:
    """One text for each session, drawn anew when its record, its memory or its age says more."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[object, Markup]] = OrderedDict()

    def text(self, row: Row) -> Markup:
        """The row as HTML."""
        session = row.session
        if row.found is not None or session.status is Status.QUEUED:  # its place in line moves
            return Markup(html("row.html", row=row))
        look = (row.scenario.icon, row.scenario.title) if row.scenario else None
        key = session.revision, megabytes(row.memory_bytes), age(session.last_active_at), look
        kept = self._kept.pop(session.id, None)
        text = kept[1] if kept and kept[0] == key else Markup(html("row.html", row=row))
        self._kept[session.id] = key, text
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return text
