"""A real Redis for a test run, in a folder of its own."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import redis

from playground_cli.stack.redis_server import prepare_redis_server


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
