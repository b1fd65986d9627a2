"""The whole embedded stack, started as a person starts it: `playground up`, in a new folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from playground_cli.stack.ledger import Ledger

PLAYGROUND = Path(sys.executable).parent / "playground"
SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


class RunningStack:
    """A stack that was started: how to reach it, and the processes it consists of."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.first_page_port = free_port_block(60)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "PLAYGROUND_"))},
            "PLAYGROUND_DATA_DIR": str(folder / "data"),
            "PLAYGROUND_PORT": str(self.port),
            "PLAYGROUND_SESSION_PORT_START": str(self.first_page_port),
            "PLAYGROUND_SESSION_PORT_COUNT": "60",
            "PLAYGROUND_SCENARIOS_DIR": str(SCENARIOS),
            **environment,
        }
        self.output = folder / "up.txt"
        self._starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def start(self, command: list[str] | None = None) -> "RunningStack":
        """Start it, and wait until its worker beats."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command or [str(PLAYGROUND), "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._starts += 1
        self._wait_until_up()
        return self

    def _wait_until_up(self, timeout_s: float = 60) -> None:
        """Return once it says that it is up; AssertionError with its output otherwise."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.said().count("Chat Playground is up") == self._starts:
                return
            assert self.process.poll() is None, f"the stack ended:\n{self.said()}"
            time.sleep(0.05)
        raise AssertionError(f"the stack is not up after {timeout_s} s:\n{self.said()}")

    def said(self) -> str:
        """What it printed."""
        return self.output.read_text()

    def log(self, name: str) -> str:
        """One of its logs."""
        return (self.folder / "data" / "logs" / f"{name}.log").read_text()

    def processes(self) -> list[psutil.Process]:
        """Every living process of this stack, known by its mark in their environments."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("PLAYGROUND_STACK") == str(self.folder / "data")
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def process_of(self, *words: str) -> psutil.Process:
        """The oldest process whose command line has every one of *words*."""
        found = self.find_process(*words)
        assert found is not None, f"no process of this stack has {words} in its command line"
        return found

    def find_process(self, *words: str) -> psutil.Process | None:
        """The same, or None while there is none."""
        fitting = [p for p in self.processes() if all(w in command_line(p) for w in words)]
        return min(fitting, key=lambda p: p.create_time(), default=None)

    def recorded(self, name: str) -> psutil.Process:
        """The process that the stack's ledger has under *name*."""
        ledger = self.folder / "data" / "run" / "processes.json"
        entries = json.loads(ledger.read_text())
        return psutil.Process(next(entry["pid"] for entry in entries if entry["name"] == name))

    def interrupt(self, within_s: float = 30) -> None:
        """Ctrl-C, and wait until it has ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(within_s)

    def launch(self, scenario: str = "technical-support", **more: Any) -> dict[str, Any]:
        """A session whose page is ready."""
        answer = self.http.post(
            "/v1/sessions", params={"wait": 60}, json={"scenario": scenario, **more}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def end(self) -> None:
        """End whatever is left of it."""
        self.http.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for process in self.processes():
            process.kill()
        Ledger(self.folder / "data" / "run").end_leftovers()


def command_line(process: psutil.Process) -> str:
    """Its words in one line; empty when it ended between being listed and being asked."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


@contextmanager
def running_stack(folder: Path, environment: Mapping[str, str]) -> Iterator[RunningStack]:
    """A stack that lives for the block."""
    stack = RunningStack(folder, environment)
    try:
        yield stack.start()
    finally:
        stack.end()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_port_block(count: int) -> int:
    """The first of *count* ports in a row that nobody listens on."""
    start = 18500 + (os.getpid() % 200) * 64
    while any(is_listening(start + i) for i in range(count)):
        start += count
    return start


def is_listening(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1 at *port*."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
