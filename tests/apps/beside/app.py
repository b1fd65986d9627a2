"""An app with an MCP server of its own beside its page, in the same process."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import streamlit as st

PORT = 9100
TOOL = {"name": "where", "inputSchema": {"type": "object"}}
ANSWERS: dict[str, Any] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "beside", "version": "1"},
    },
    "tools/list": {"tools": [TOOL]},
    "tools/call": {"content": [{"type": "text", "text": "beside the page"}]},
}


class Server(BaseHTTPRequestHandler):
    """As much of the protocol as one tool needs."""

    def do_POST(self) -> None:
        """Answer a request, and take a notification."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in asked:
            self._answer(202, b"")
            return
        told = {"jsonrpc": "2.0", "id": asked["id"], "result": ANSWERS[asked["method"]]}
        self._answer(200, json.dumps(told).encode())

    def do_GET(self) -> None:
        """It tells nothing unasked."""
        self._answer(405, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@st.cache_resource
def serve() -> ThreadingHTTPServer:
    """One for the process, whoever looks at the page."""
    server = ThreadingHTTPServer(("", PORT), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


serve()
st.title("Beside")
