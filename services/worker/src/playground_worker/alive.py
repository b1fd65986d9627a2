"""A health check: ``python -m playground_worker.alive`` exits 0 if this host's worker beats."""

import socket
import sys
import time
from typing import cast

import redis

from playground.keys import Keys
from playground.settings import StoreSettings
from playground_worker.heartbeat import EVERY_S


def main() -> None:
    """Ask Redis for the worker's own sign of life, which it gives once it can take launches."""
    settings = StoreSettings()
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=3) as client:
            since = time.time() - 3 * EVERY_S
            answer = client.zrangebyscore(Keys(settings.tenant).workers(), since, "+inf")
    except redis.RedisError as error:
        sys.exit(f"Redis: {error}")
    host = f"{socket.gethostname()}-".encode()
    sys.exit(not any(worker.startswith(host) for worker in cast(list[bytes], answer)))


if __name__ == "__main__":
    main()
