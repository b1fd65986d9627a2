"""What a forked process does to become a page: Streamlit's server on a socket that listens already.

Streamlit binds its port itself and scans every installed package for components at each start.
Both are replaced here, by name, and nowhere else; `prepare` refuses a Streamlit that has not
these names, and the launcher then uses plain ``streamlit run``.
"""

import gc
import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from playground_worker.launchers.process.options import as_flags

# What the first request, the first WebSocket and the first run of a script import.
_WANTED_EARLY = (
    "streamlit.web.bootstrap",
    "streamlit.web.server.starlette",
    "streamlit.components.v2.manifest_scanner",
    "streamlit.runtime.scriptrunner.script_runner",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvloop",
)
_REPLACED = (
    ("streamlit.web.server.starlette.starlette_server", "_bind_server_socket"),
    ("streamlit.web.bootstrap", "_install_config_watchers"),
    ("streamlit.web.bootstrap", "_set_up_signal_handler"),
    ("streamlit.components.v2.manifest_scanner", "scan_component_manifests"),
)
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD)
"""Those that may mean something else to the fork server than to a page."""


class UnknownStreamlit(Exception):
    """The installed Streamlit is not built as `page` expects."""


def prepare(preload: Sequence[str]) -> list[str]:
    """Import what every page needs, once, before the first fork; return what could not be imported.

    Raises UnknownStreamlit. No option of Streamlit is read here: each page reads its own.
    """
    missing = [name for name in (*_WANTED_EARLY, *preload) if not _imported(name)]
    for module, name in _REPLACED:
        if not callable(getattr(sys.modules.get(module), name, None)):
            raise UnknownStreamlit(f"{module}.{name} is not there")
    _scan_components_once()
    if threading.active_count() > 1:
        raise UnknownStreamlit("an imported module started a thread, which a fork would lose")
    gc.collect()
    gc.freeze()
    return missing


def become_page(
    listening: socket.socket, script: str, environment: Mapping[str, str], log: int, *, app: bool
) -> None:
    """Serve *script* until SIGTERM, in a process that was just forked for it.

    An *app* finds itself in its own folder, as where its author has run it.
    """
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(environment)
    if app:
        os.chdir(Path(script).parent)
    if sys.platform == "darwin":
        # Asking macOS for its proxies is not allowed after a fork, and ends the process.
        os.environ["no_proxy"] = "*"
    _serve(listening, script, app)


def _serve(listening: socket.socket, script: str, app: bool) -> None:
    from streamlit.web import bootstrap
    from streamlit.web.server.starlette import starlette_server

    def already_bound(_configured: str, address: str, *_: Any) -> tuple[socket.socket, str]:
        return listening, address

    def no_watchers(_flags: dict[str, Any]) -> None:
        """Two polling threads a page would look for changed options five times a second."""

    def leave_at_once(_server: Any) -> None:
        """Streamlit's own way out takes half a second; a page holds nothing that needs it."""
        signal.signal(signal.SIGTERM, _leave)

    setattr(starlette_server, "_bind_server_socket", already_bound)  # noqa: B010
    setattr(bootstrap, "_install_config_watchers", no_watchers)  # noqa: B010
    setattr(bootstrap, "_set_up_signal_handler", leave_at_once)  # noqa: B010
    flags = as_flags(listening.getsockname()[1], app=app)
    bootstrap.load_config_options(flags)
    bootstrap.run(script, False, [], flags)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # it costs the pages some time; they will say themselves what is wrong
        return False
    return True


def _scan_components_once() -> None:
    from streamlit.components.v2 import manifest_scanner

    found = manifest_scanner.scan_component_manifests()

    def found_before(*_args: Any, **_options: Any) -> Any:
        return found

    setattr(manifest_scanner, "scan_component_manifests", found_before)  # noqa: B010
