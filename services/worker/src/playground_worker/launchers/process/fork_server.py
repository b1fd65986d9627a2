"""The fork server: a small program that has Streamlit imported and forks a page for each request.

``python -m playground_worker.launchers.process.fork_server <home> <socket> <preload,...>``. One
thread, one request at a time, over a unix socket: a line of JSON asks, a line of JSON answers. It
writes down each page before it answers, reaps each that ends, and knows nothing else; pages
outlive it.
"""

import json
import logging
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from playground.errors import LaunchFailed, PlaygroundError
from playground_worker.launchers.ports import LOOPBACK, PortRange
from playground_worker.launchers.process import page, units
from playground_worker.launchers.process.listening import listen_on_first_free

log = logging.getLogger(__name__)

_PATIENCE_S = 1.0
"""How long a client may take to send its line: a stuck one must not hold up the others."""
_LONGEST_REQUEST = 256 * 1024


class ForkServer:
    """Serves one socket until SIGTERM."""

    def __init__(self, home: Path, listening: socket.socket) -> None:
        self._home = home
        self._listening = listening
        self._slots: dict[int, str] = {}
        self._stopping = False

    def run(self) -> None:
        wake_up = self._arm_signals()
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(wake_up, selectors.EVENT_READ)
            while not self._stopping:
                for key, _ in selector.select():
                    if key.fileobj is wake_up:
                        with suppress(BlockingIOError):
                            wake_up.recv(4096)
                    else:
                        self._answer_one()
                self._reap()

    def _arm_signals(self) -> socket.socket:
        """A socket that becomes readable at each signal, so that none is missed."""
        self._wake_up, self._write_end = socket.socketpair()
        self._wake_up.setblocking(False)
        self._write_end.setblocking(False)
        signal.set_wakeup_fd(self._write_end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return self._wake_up

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stopping = self._stopping or number == signal.SIGTERM

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            slot = self._slots.pop(pid, None)
            if slot is not None:
                units.note_exit(self._home, slot, os.waitstatus_to_exitcode(status))

    def _answer_one(self) -> None:
        try:
            client, _ = self._listening.accept()
        except OSError:
            return
        with client:
            client.settimeout(_PATIENCE_S)
            try:
                answer = self._answer(_read_line(client), client)
                client.sendall(json.dumps(answer).encode() + b"\n")
            except (OSError, ValueError) as error:
                log.warning("a request could not be answered: %s", error)

    def _answer(self, request: dict[str, Any], client: socket.socket) -> dict[str, Any]:
        try:
            return {"unit": self._fork(request, client)}
        except PlaygroundError as error:
            return {"code": error.code, "detail": error.detail}
        except OSError as error:
            refused = units.no_room_for_process(error)
            return {"code": refused.code, "detail": refused.detail}
        except Exception:  # whatever went wrong with one page, the next request is served
            log.exception("a page could not be forked")
            return {"code": LaunchFailed.code, "detail": LaunchFailed().detail}

    def _fork(self, request: dict[str, Any], client: socket.socket) -> dict[str, Any]:
        log_descriptor = units.open_log(self._home, request["slot"])
        go_ahead, say_go_ahead = os.pipe()
        try:
            ports = PortRange(request["port_start"], request["port_count"])
            with listen_on_first_free(ports, request["preferred_port"]) as listening:
                # A signal to the new page waits until the page has put off the server's handlers.
                signal.pthread_sigmask(signal.SIG_BLOCK, page.SIGNALS)
                try:
                    pid = os.fork()
                    if pid == 0:
                        os.close(say_go_ahead)
                        self._leave_server_behind(client)
                        _be_page(listening, request, log_descriptor, go_ahead)
                finally:
                    signal.pthread_sigmask(signal.SIG_UNBLOCK, page.SIGNALS)
                data = self._write_down(request, pid, listening.getsockname()[1])
            os.write(say_go_ahead, b"!")
            return data
        finally:
            for descriptor in (log_descriptor, go_ahead, say_go_ahead):
                os.close(descriptor)

    def _write_down(self, request: dict[str, Any], pid: int, port: int) -> dict[str, Any]:
        slot = self._slots[pid] = request["slot"]
        data = {
            "pid": pid,
            "started": units.started_at(pid) or time.time(),
            "host": LOOPBACK,
            "port": port,
            "published": port,
            "config": request["config"],
            "log": str(units.log_file(self._home, slot)),
        }
        units.save_unit(self._home, slot, data)
        return data

    def _leave_server_behind(self, client: socket.socket) -> None:
        for left in (self._listening, self._wake_up, self._write_end, client):
            left.close()


def _be_page(
    listening: socket.socket, request: dict[str, Any], log_descriptor: int, go_ahead: int
) -> None:
    """The rest of a forked process's life.

    It begins when the page is written down: a page that nobody could find again must not be.
    """
    code = 1
    try:
        if os.read(go_ahead, 1):
            os.close(go_ahead)
            page.become_page(
                listening,
                request["script"],
                request["environment"],
                log_descriptor,
                app=request["app"],
            )
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        # The server's own stack is below this frame: a page must never return into it.
        os._exit(code)


def _read_line(client: socket.socket) -> dict[str, Any]:
    received = b""
    while not received.endswith(b"\n"):
        more = client.recv(65_536)
        if not more or len(received) > _LONGEST_REQUEST:
            raise ValueError("not a request")
        received += more
    return json.loads(received)


def serve(home: Path, socket_path: Path, preload: list[str]) -> None:
    """Prepare, listen, say ``ready`` on standard output, and serve."""
    missing = page.prepare(preload)
    if missing:
        log.warning("not imported before the first page: %s", ", ".join(missing))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_path))
        socket_path.chmod(0o600)
        listening.listen(128)
        os.write(1, b"ready\n")
        os.dup2(2, 1)
        try:
            ForkServer(home, listening).run()
        finally:
            socket_path.unlink(missing_ok=True)


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
    serve(Path(sys.argv[1]), Path(sys.argv[2]), [m for m in sys.argv[3].split(",") if m])
