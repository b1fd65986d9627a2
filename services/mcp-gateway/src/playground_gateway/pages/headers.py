"""Which headers pass between a browser and a page, and which the door sets itself.

Streamlit's cookies have fixed names and `Path=/`, so at one address every app would be given every
other's; here each keeps to its own page, and the house's own never reach an app.
"""

from collections.abc import Iterable, Mapping
from http.cookies import CookieError, Morsel, SimpleCookie

Headers = list[tuple[bytes, bytes]]

_ASKED = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"content-length",
        b"content-type",
        b"if-modified-since",
        b"if-none-match",
        b"range",
        b"user-agent",
        b"x-xsrftoken",
    }
)
"""Nothing that says who somebody is: an app may be anybody's."""

_KEPT_BY_THE_DOOR = frozenset(
    {
        b"access-control-allow-credentials",
        b"access-control-allow-origin",
        b"connection",
        b"content-security-policy",
        b"date",
        b"keep-alive",
        b"server",
        b"set-cookie",
        b"transfer-encoding",
        b"x-content-type-options",
        b"x-frame-options",
    }
)
_OWN_COOKIES = "_streamlit"
_GUARDS: Headers = [
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


def asked(headers: Iterable[tuple[bytes, bytes]], host: str) -> Headers:
    """What a page is told of a browser's request. The Origin is not: the door has checked it."""
    given = list(headers)
    passed = [(name, value) for name, value in given if name in _ASKED]
    passed.append((b"host", host.encode("latin-1")))
    cookies = own_cookies(value for name, value in given if name == b"cookie")
    return [*passed, (b"cookie", cookies.encode("latin-1"))] if cookies else passed


def own_cookies(given: Iterable[bytes]) -> str:
    """Of a browser's cookies those that Streamlit has set."""
    parts = (part.strip() for line in given for part in line.decode("latin-1").split(";"))
    return "; ".join(part for part in parts if part.startswith(_OWN_COOKIES))


def answered(headers: Iterable[tuple[bytes, bytes]], path: str) -> Headers:
    """What a browser is told of a page's answer; cookies hold below *path* alone."""
    given = list(headers)
    passed = [(name, value) for name, value in given if name not in _KEPT_BY_THE_DOOR]
    cookies = (value for name, value in given if name == b"set-cookie")
    kept = (_kept_below(path, value.decode("latin-1")) for value in cookies)
    return [
        *passed,
        *_GUARDS,
        *((b"set-cookie", one.encode("latin-1")) for line in kept for one in line),
    ]


def _kept_below(path: str, line: str) -> list[str]:
    try:
        cookies: Mapping[str, Morsel[str]] = SimpleCookie(line)
    except CookieError:
        return []
    for cookie in cookies.values():
        cookie["path"], cookie["domain"] = path, ""
    return [cookie.OutputString() for cookie in cookies.values()]
