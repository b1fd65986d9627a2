"""Which headers pass between an MCP client and a scenario's own server."""

from collections.abc import Iterable, Mapping

Headers = list[tuple[bytes, bytes]]

_ASKED = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"content-type",
        b"last-event-id",
        b"traceparent",
        b"tracestate",
        b"user-agent",
    }
)
"""Nothing that says who somebody is: what a client proves to the playground is not the server's."""
_ANSWERED = frozenset(
    {
        b"allow",
        b"cache-control",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"retry-after",
    }
)
_OF_THE_PROTOCOL = b"mcp-"
_ADDED: Headers = [(b"x-accel-buffering", b"no"), (b"x-content-type-options", b"nosniff")]


def asked(given: Iterable[tuple[bytes, bytes]], own: Mapping[str, str]) -> Headers:
    """What a server is told of a client's request, and what the scenario has it told besides."""
    passed = [(k, v) for k, v in given if k in _ASKED or k.startswith(_OF_THE_PROTOCOL)]
    if not any(name == b"accept-encoding" for name, _ in passed):
        passed.append((b"accept-encoding", b"identity"))
    return [*passed, *((name.encode(), value.encode()) for name, value in own.items())]


def answered(given: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What a client is told of a server's answer: no cookies, and nothing for other sites."""
    lower = [(name.lower(), value) for name, value in given]
    passed = [(k, v) for k, v in lower if k in _ANSWERED or k.startswith(_OF_THE_PROTOCOL)]
    return [*passed, *_ADDED]
