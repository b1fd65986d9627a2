"""A real Redis for a test run, in a folder of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import redis

from playground_cli.stack.redis_server import prepare_redis_server

MEMORY = Path("/dev/shm")
_ENOUGH = 2**30


@contextmanager
def folder_in_memory() -> Generator[Path]:
    """A folder that no other's use of the disk holds up, where the machine has room for one.

    A server that logs what it is told to a disk stands still while the disk is busy elsewhere.
    """
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > _ENOUGH
    with tempfile.TemporaryDirectory(prefix="redis-", dir=MEMORY if room else None) as folder:
        yield Path(folder)


@contextmanager
def running_redis(folder: Path, *, port: int | None = None) -> Generator[str]:
    """The URL of a server that lives for the block."""
    server = prepare_redis_server(folder, port=port)
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(server.command, stdout=log, stderr=log)
    try:
        wait_for_redis(server.url)
        yield server.url
    finally:
        process.terminate()
        process.wait(10)


def wait_for_redis(url: str) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + 10
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
