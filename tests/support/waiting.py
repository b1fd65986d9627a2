"""Waiting for something to become true, with words for the case that it does not."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

T = TypeVar("T")


async def wait_until(
    predicate: Callable[[], T | Awaitable[T]], description: str, *, timeout_s: float = 10
) -> T:
    """The first true value of *predicate*; an AssertionError with *description* if none came."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = predicate()
        value = cast(T, await answer if inspect.isawaitable(answer) else answer)
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s} s still not: {description}")
        await asyncio.sleep(0.02)
