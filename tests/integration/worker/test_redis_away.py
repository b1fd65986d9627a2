"""Redis gone and back: the worker finds it again by itself, and its pages do not notice."""

from pathlib import Path

import psutil
import pytest

from playground.sessions.model import Status
from tests.support.redis_server import running_redis
from tests.support.running_worker import running_worker
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit")


async def test_the_worker_goes_on_when_redis_is_back(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "work").mkdir()
    with running_redis(tmp_path / "redis") as url:
        port = int(url.rpartition(":")[2].split("/")[0])
        async with running_worker(tmp_path / "work", url) as worker:
            session = await worker.launched()
            assert session.handle is not None
            server = _listener(port)
            server.kill()
            server.wait(5)
            log = tmp_path / "work" / "worker.log"
            noticed = "could not connect to Redis"
            await wait_until(lambda: noticed in log.read_text(), "the worker has noticed")
            with running_redis(tmp_path / "redis", port=port):
                found = await worker.store.get(session.id)
                assert found == session
                assert psutil.pid_exists(session.handle.data["pid"])
                again = await worker.ask()
                await worker.until(again.id, Status.READY, timeout_s=5)
                assert await worker.leave() == 0


def _listener(port: int) -> psutil.Process:
    connections = psutil.net_connections("tcp")
    listening = [c for c in connections if c.status == psutil.CONN_LISTEN]
    return psutil.Process(next(c.pid for c in listening if tuple(c.laddr)[1:] == (port,)))
