"""Streamlit's options for every page, forked or not."""

from collections.abc import Mapping

from playground_worker.launchers.ports import LOOPBACK

_FIXED: Mapping[str, str | bool] = {
    "server.headless": True,
    "server.address": LOOPBACK,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.hideWelcomeMessage": True,
    "global.developmentMode": False,
}
_ALLOWED_HOSTS = (LOOPBACK, "localhost")
"""Against DNS rebinding: another name that resolves to this machine opens no page."""


def as_flags(port: int) -> dict[str, object]:
    """The options as Streamlit's own start-up takes them."""
    return {**_FIXED, "server.port": port, "server.allowedHosts": list(_ALLOWED_HOSTS)}


def as_arguments(port: int) -> list[str]:
    """The options for the command line of ``streamlit run``."""
    plain = {**_FIXED, "server.port": port}
    arguments = [part for k, v in plain.items() for part in (f"--{k}", str(v).lower())]
    return arguments + [part for host in _ALLOWED_HOSTS for part in ("--server.allowedHosts", host)]
