"""The head of a request within bounds, and rubbish in its place refused as a problem.

uvicorn's fast parser would collect headers without end.
"""

import json

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from playground.errors import InvalidRequest, PlaygroundError, TooLarge

HEAD_BYTES = 64 * 1024
"""How much of a request may come before its body, as uvicorn's other parser has it."""


class HeadTooLarge(TooLarge):
    """The address and the headers of this request are too long."""

    status, title = 431, "Request header fields too large"


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which leaves whoever sends a head that is too long or none at all."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse *data*, unless the head has grown too long."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            self._check()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head has ended; one that came in a single piece is measured here."""
        self._in_head = False
        self._head_bytes = len(self.url) + sum(len(n) + len(v) for n, v in self.headers)
        if self._head_bytes > HEAD_BYTES:
            raise HttpParserError("too long")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed is refused: too long, or no HTTP."""
        if self._head_bytes > HEAD_BYTES:
            self._refuse(HeadTooLarge())
        else:
            self._refuse(InvalidRequest(msg), status=400)

    def _check(self) -> None:
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(HeadTooLarge())

    def _refuse(self, error: PlaygroundError, status: int | None = None) -> None:
        status = status or error.status
        body = json.dumps({**error.problem(), "status": status}).encode()
        head = [
            STATUS_LINE[status].rstrip(b"\r\n"),
            b"content-type: application/problem+json",
            b"content-length: %d" % len(body),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", body]))
        self.transport.close()
