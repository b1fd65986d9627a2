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
    "logger.hideWelcomeMessage": True,
    "global.developmentMode": False,
}
_ALLOWED_HOSTS = (LOOPBACK, "localhost")
"""Against DNS rebinding: another name that resolves to this machine opens no page."""


_OF_CHATS: Mapping[str, str | bool] = {
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
}
"""What an app's author decides, in a .streamlit/config.toml beside the script."""


def as_flags(port: int, *, app: bool = False) -> dict[str, object]:
    """The options as Streamlit's own start-up takes them."""
    return {**_plain(port, app), "server.allowedHosts": list(_ALLOWED_HOSTS)}


def as_arguments(port: int, *, app: bool = False) -> list[str]:
    """The options for the command line of ``streamlit run``."""
    plain = _plain(port, app)
    arguments = [part for k, v in plain.items() for part in (f"--{k}", str(v).lower())]
    return arguments + [part for host in _ALLOWED_HOSTS for part in ("--server.allowedHosts", host)]


def _plain(port: int, app: bool) -> dict[str, object]:
    return {**_FIXED, **({} if app else _OF_CHATS), "server.port": port}
