"""The accents that a scenario may have on every screen; the screens give them their colours."""

import zlib
from typing import Literal, get_args

Accent = Literal["teal", "amber", "indigo", "rose", "green", "violet", "sky", "orange"]
ACCENTS: tuple[Accent, ...] = get_args(Accent)


def accent_by_name(scenario_name: str) -> Accent:
    """The accent of a scenario that names none: always the same for the same name."""
    return ACCENTS[zlib.adler32(scenario_name.encode()) % len(ACCENTS)]
