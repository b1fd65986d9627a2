"""``python -m playground_worker.main``: the worker; with ``consume``, one of its consumers."""

import asyncio
import logging
import os
import sys

from playground_worker.consumer import consume
from playground_worker.settings import DockerSettings, ProcessSettings, WorkerSettings
from playground_worker.supervisor import supervise

_CONSUMER = [sys.executable, "-m", "playground_worker.main", "consume"]
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def main() -> None:
    """Read the settings from the environment and work until SIGTERM."""
    settings = WorkerSettings()
    launching = DockerSettings() if settings.launcher == "docker" else ProcessSettings()
    logging.basicConfig(level=settings.log_level.upper(), format=_FORMAT)
    if sys.argv[1:] == ["consume"]:
        consume(settings, launching, os.environ)
    else:
        asyncio.run(supervise(settings, launching, os.environ, consumer=_CONSUMER))


if __name__ == "__main__":
    main()
