"""The dashboard's own files: style, scripts, icon; nothing comes from another host."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"


def static_files() -> StaticFiles:
    """The folder, to be mounted at /static."""
    return StaticFiles(directory=FOLDER)


@cache
def asset(name: str) -> str:
    """The address of a file; it changes with the content, so that no browser keeps an old one."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:8]}"
