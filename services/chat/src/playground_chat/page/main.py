"""Serves the page in a container of its own: ``python -m playground_chat.page.main``.

With a script's path, that script is served in the page's place, as its author wrote it.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from streamlit.web import bootstrap

from playground_chat.page.lean import make_lean

PORT = 8501
SCRIPT = Path(__file__).with_name("app.py")
_OF_CHATS = {"client.toolbarMode": "minimal", "client.showErrorDetails": "none"}


def options(*, app: bool = False) -> dict[str, Any]:
    """Streamlit's options, as its own start-up takes them."""
    return {
        **({} if app else _OF_CHATS),
        "server.headless": True,
        "server.address": "0.0.0.0",
        "server.port": PORT,
        "server.allowedHosts": ["127.0.0.1", "localhost", *_own_addresses()],
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "browser.gatherUsageStats": False,
        "logger.hideWelcomeMessage": True,
        "global.developmentMode": False,
    }


def _own_addresses() -> list[str]:
    """Whoever probes the container names its address: what no page of a foreign name can do."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def main() -> None:
    """Serve until SIGTERM."""
    make_lean()
    script, app = (Path(sys.argv[1]), True) if sys.argv[1:] else (SCRIPT, False)
    if app:
        os.chdir(script.parent)
    flags = options(app=app)
    bootstrap.load_config_options(flags)
    bootstrap.run(str(script), False, [], flags)


if __name__ == "__main__":
    main()
