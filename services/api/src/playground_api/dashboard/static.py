"""The dashboard's own files: style, scripts, icon; nothing comes from another host."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FOLDER = Path(__file__).parent / "static"


class Unchanging(StaticFiles):
    """Files that a browser keeps for good where their address names their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def static_files() -> ASGIApp:
    """The folder, to be mounted at /static; packed for browsers that take it so."""
    return GZipMiddleware(Unchanging(directory=FOLDER), compresslevel=6)


@cache
def asset(name: str) -> str:
    """The address of a file; it changes with the content, so that no browser keeps an old one."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:8]}"
