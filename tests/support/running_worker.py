"""A real worker in processes of its own, asked for sessions as the API asks."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import redis as sync_redis
from rq import Queue

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis, connection
from playground.sessions.jobs import LAUNCH, QUEUE, STOP
from playground.sessions.model import Session, Status, Target, new_session
from playground.sessions.store import SessionStore
from tests.support.pages import PAGE_SCRIPT, free_ports
from tests.support.waiting import wait_until


class RunningWorker:
    """One worker on one folder; `start` begins it (again) after `kill` or `leave`."""

    def __init__(self, folder: Path, redis_url: str, redis: Redis, **settings: str) -> None:
        self.folder = folder
        self.store = SessionStore(redis, Keys("default"))
        self._redis = redis
        self._queue = Queue(QUEUE, connection=sync_redis.Redis.from_url(redis_url))
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copy(PAGE_SCRIPT, folder / "page.py")
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "PLAYGROUND_DATA_DIR": str(folder / "data"),
            "PLAYGROUND_POOL_SIZE": "0",
            "PLAYGROUND_PAGE_SCRIPT": str(folder / "page.py"),
            "PLAYGROUND_SESSION_PORT_START": str(free_ports()),
            "PYTHONWARNINGS": "error::ResourceWarning",
            **settings,
        }

    @property
    def pages(self) -> Path:
        return self.folder / "data" / "pages"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "playground_worker.main"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self._redis.delete(Keys("default").workers())
        await wait_until(self._beats, "the worker shows life", timeout_s=20)

    async def leave(self) -> int:
        """SIGTERM; its exit code, also if it has left already."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, 10)

    async def kill(self) -> None:
        """SIGKILL to the main process and to all its consumers at once."""
        assert self._process is not None
        consumers = self.consumers()
        self._process.kill()
        for consumer in consumers:
            os.kill(consumer.pid, signal.SIGKILL)
        await asyncio.to_thread(self._process.wait, 10)

    async def kill_main_alone(self) -> None:
        """SIGKILL to the main process; its consumers have to notice."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait, 10)

    def consumers(self) -> list[psutil.Process]:
        children = psutil.Process(self.pid).children()
        return [c for c in children if _last_argument(c) == "consume"]

    async def ask(self, **fields: Any) -> Session:
        """A new session, enqueued."""
        session = new_session(
            session_id=new_id("ses"), principal=LOCAL, scenario="any", title="A test", model="none"
        )
        await self.store.create(session.model_copy(update=fields))
        await asyncio.to_thread(self._enqueue, LAUNCH, session.id)
        return session

    async def launched(self) -> Session:
        return await self.until((await self.ask()).id, Status.READY)

    async def ask_to_stop(self, session: Session) -> None:
        await self.store.update(
            session.id, lambda s: s.model_copy(update={"target": Target.STOPPED})
        )
        await asyncio.to_thread(self._enqueue, STOP, session.id)

    async def until(self, session_id: str, status: Status, *, timeout_s: float = 20) -> Session:
        async def found() -> Session | None:
            session = await self.store.get(session_id)
            return session if session.status is status else None

        session = await wait_until(found, f"{session_id} is {status}", timeout_s=timeout_s)
        assert session is not None
        return session

    def _enqueue(self, job: str, session_id: str) -> None:
        self._queue.enqueue(job, session_id)

    async def _beats(self) -> bool:
        return bool(await self._redis.zcard(Keys("default").workers()))

    def close(self) -> None:
        """End what a failed test may have left."""
        self._queue.connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for process in psutil.process_iter(["cmdline"]):
            if str(self.folder) in " ".join(process.info["cmdline"] or []):
                process.kill()


def _last_argument(process: psutil.Process) -> str:
    try:
        return (process.cmdline() or [""])[-1]
    except psutil.Error:  # it has just ended
        return ""


@asynccontextmanager
async def running_worker(
    folder: Path, redis_url: str, **settings: str
) -> AsyncGenerator[RunningWorker]:
    """A worker that runs, and is stopped at the end of the block."""
    async with connection(redis_url) as redis:
        worker = RunningWorker(folder, redis_url, redis, **settings)
        try:
            await worker.start()
            yield worker
            assert await worker.leave() == 0
        finally:
            worker.close()
