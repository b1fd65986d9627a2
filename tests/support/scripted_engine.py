"""A Docker engine that says what a test wants it to say, over a real unix socket."""

import json
import socketserver
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

Answer = tuple[int, object] | None
"""Status and body; None closes the connection in the middle of an answer."""
Script = Callable[[str, str], Answer]


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def scripted_engine(folder: Path, script: Script) -> Generator[str]:
    """The address of an engine that answers each (method, path) as *script* says, for the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = "/" + self.path.split("/", 2)[2] if "/v1" in self.path else self.path
            answer = (200, {"ApiVersion": "1.41"}) if path == "/version" else None
            answer = answer or script(self.command, path)
            if answer is None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{")
                self.close_connection = True
                return
            status, body = answer
            data = b"" if status == 204 else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = answer

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    path = folder / "engine.sock"
    with _Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()


def healthy_until(method: str, path: str, answer: Answer) -> Script:
    """An engine on which everything works but the call whose path contains *path*."""

    def script(asked: str, at: str) -> Answer:
        if asked == method and path in at:
            return answer
        if asked == "GET" and at.startswith("/images"):
            return 200, {"Id": "sha256:1"}
        if asked == "GET" and at.startswith("/containers/json"):
            return 200, []
        if asked == "GET":
            return 404, {"message": "network not found"}
        return (201, {"Id": "c1"}) if at.endswith("create") or "?name=" in at else (204, None)

    return script
