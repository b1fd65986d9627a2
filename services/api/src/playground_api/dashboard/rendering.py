"""Templates to HTML answers: all is escaped, and a strict policy says what a page may load."""

import gzip
from datetime import datetime
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from playground.clock import now, rfc3339
from playground_api.dashboard import conversation_words, markdown, words
from playground_api.dashboard.navigation import SECTIONS
from playground_api.dashboard.static import asset

_QUICKLY = 3
"""Of zlib's levels: 200 rows take 1 ms, and the highest one saves no more."""


def age(moment: datetime) -> str:
    """How long ago that was, as of now."""
    return words.age(moment, now())


def told(text: str) -> Markup:
    """*text*, with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


_TEMPLATES = Environment(
    loader=PackageLoader("playground_api.dashboard"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
cast(dict[str, Any], _TEMPLATES.globals).update(
    asset=asset,
    sections=SECTIONS,
    status_word=words.status_word,
    waiting=words.waiting,
    reason=words.reason,
    told=told,
    rfc3339=rfc3339,
    age=age,
    door=conversation_words.DOORS.__getitem__,
    ending=conversation_words.ending,
    usage=conversation_words.usage,
    totals=conversation_words.totals,
    place=conversation_words.place,
    as_text=conversation_words.as_text,
    milliseconds=conversation_words.milliseconds,
    megabytes=words.megabytes,
    status_names=words.STATUS,
    markdown=markdown.rendered_once,
    markdown_so_far=markdown.rendered,
)


def html(template: str, **values: Any) -> str:
    """*template* filled in."""
    return _TEMPLATES.get_template(template).render(values)


def fragment(template: str, **values: Any) -> HTMLResponse:
    """A part of a page, for htmx to put in its place."""
    return HTMLResponse(html(template, **values), headers={"Cache-Control": "no-store"})


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, packed for a browser that takes it so: rows of a list are much alike."""
    body = html(template, path=request.url.path, **values).encode()
    headers = _headers(request.url.hostname or "127.0.0.1")
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, _QUICKLY)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(body, status, headers)


def _headers(host: str) -> dict[str, str]:
    """A launch ends in a redirect to the session's page, which is on another port; browsers apply
    form-action to that redirect too. In the split view the page stands in a frame."""
    pages = " ".join(f"http://{name}:*" for name in sorted({"127.0.0.1", "localhost", host}))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; frame-src 'self' {pages}; form-action 'self' {pages}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
