"""Logging of a service: one line an event, with its request id, on standard error."""

import logging
import sys

from playground_http.request_ids import RequestIdFilter

FORMAT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"


def set_up_logging(level: str) -> None:
    """Send every log of this process to standard error at *level* (debug, info, warning, error)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(RequestIdFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "openai", "asyncio", "watchdog"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
