"""The check for forgotten Redis keys: each has a time to live or a listed reason not to."""

import re
from typing import cast

import redis

from playground.key_catalogue import CATALOGUE


def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(r"\*", ".*")
    return re.compile(re.sub(r"\\\{[a-z]+\\\}", "[^:]+", escaped))


_MAY_STAY = [_pattern(kind.pattern) for kind in CATALOGUE if kind.may_stay]
_KNOWN = [_pattern(kind.pattern) for kind in CATALOGUE]


def leaked_keys(client: "redis.Redis") -> list[str]:
    """Keys that are in no catalogue, or live for ever without a listed reason."""
    keys = [key.decode() for key in cast(list[bytes], client.keys("*"))]
    unknown = [key for key in keys if not any(p.fullmatch(key) for p in _KNOWN)]
    eternal = [
        key
        for key in keys
        if client.ttl(key) == -1 and not any(p.fullmatch(key) for p in _MAY_STAY)
    ]
    return sorted({*unknown, *eternal})
