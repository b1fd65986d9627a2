"""Files between a reader and a page: given to its uploaders, and fetched from what it shows."""

import uuid
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import httpx

from playground.errors import InvalidRequest, PlaygroundError, TooLarge
from playground_gateway.bridge.client import PageClient, PageLost
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.values import UploadedFile, put_files
from playground_gateway.bridge.widgets.catalogue import Widget
from playground_gateway.bridge.widgets.triggers import Files

LARGEST_UPLOAD = 200 * 1024 * 1024
LARGEST_FETCHED = 20 * 1024 * 1024
_TOO_LARGE = 413
_WITHIN = httpx.Timeout(60, connect=5)


@dataclass(frozen=True)
class Fetched:
    """A file that a page shows or offers."""

    content: bytes
    mime_type: str


async def upload(client: PageClient, widget: Widget, name: str, content: bytes) -> bool:
    """Give a file to an uploader; returns when the run that this causes has begun.

    False where there is none yet: in a form the file waits for its button, at a chat's box for the
    next message. Raises InvalidRequest where the widget takes no such file, TooLarge, PageLost.
    """
    _check(widget, name, content)
    place = await client.ask_for_upload(name, uuid.uuid4().hex)
    async with _http(client) as http:
        await _put(http, client, place.upload_url, name, content)
    files = client.values.take_file(widget, UploadedFile(name, len(content), place))
    if widget.kind.acts == "chat":
        return False
    state: Proto = client.link.definitions.state_class()
    state.id = widget.id
    put_files(files, state.file_uploader_state_value)
    if widget.form:
        client.values.wait(widget, state)
        client.state.tree.rev += 1
        return False
    await client.rerun([state], fragment_id=widget.node.fragment_id)
    return True


async def fetch(client: PageClient, url: str) -> Fetched:
    """What stands at an address of the page's own server. Raises TooLarge, PageLost."""
    if url.startswith("data:"):
        head, _, body = url.removeprefix("data:").partition(",")
        return Fetched(unquote_to_bytes(body), head.partition(";")[0])
    if not is_own(url):
        raise InvalidRequest(f"That is not on the page's server: {url[:500]}")
    try:
        async with _http(client) as http, http.stream("GET", _at(client, url)) as answer:
            if not answer.is_success:
                raise PlaygroundError(f"The page answered {answer.status_code} for its own file.")
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > LARGEST_FETCHED:
                    raise TooLarge(f"The file is larger than {LARGEST_FETCHED >> 20} MiB.")
    except httpx.HTTPError as error:
        raise PageLost() from error
    kind = answer.headers.get("content-type", "application/octet-stream")
    return Fetched(bytes(content), kind.partition(";")[0])


def is_own(url: str) -> bool:
    """Whether what an element shows lies at the page's own server, or in the address itself."""
    return url.startswith("data:") or not urlsplit(url).netloc


def _check(widget: Widget, name: str, content: bytes) -> None:
    if widget.kind.acts != "upload" and not getattr(widget.body, "accept_file", 0):
        raise InvalidRequest(f"{widget.key!r} is a {widget.type}, which takes no files.")
    if widget.disabled:
        raise InvalidRequest(f"{widget.label or widget.key!r} is disabled now.")
    own = getattr(widget.body, "max_upload_size_mb", 0) << 20
    largest = min(own or LARGEST_UPLOAD, LARGEST_UPLOAD)
    if len(content) > largest:
        raise TooLarge(f"{widget.label or widget.key!r} takes files up to {largest >> 20} MiB.")
    kind = widget.kind
    named = kind.endings(widget.body) if isinstance(kind, Files) else widget.body.file_type
    endings = [one.lower() for one in named]
    if endings and not name.lower().endswith(tuple(endings)):
        raise InvalidRequest(f"{widget.label or widget.key!r} takes {', '.join(endings)}.")


async def _put(
    http: httpx.AsyncClient, client: PageClient, url: str, name: str, content: bytes
) -> None:
    try:
        await http.get(_at(client, "/_stcore/health"))
        token = http.cookies.get("_streamlit_xsrf")
        headers = {"X-Xsrftoken": token} if token else {}
        answer = await http.put(_at(client, url), files={"file": (name, content)}, headers=headers)
    except httpx.HTTPError as error:
        raise PageLost() from error
    if answer.status_code == _TOO_LARGE:
        raise TooLarge("The page takes no file of that size.")
    if not answer.is_success:
        raise PlaygroundError(f"The page did not take the file: it answered {answer.status_code}.")


def _http(client: PageClient) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_WITHIN, trust_env=False, base_url=client.link.base_url)


def _at(client: PageClient, url: str) -> str:
    """Addresses that a page tells are from its root, wherever that is."""
    return urljoin(client.link.base_url + "/", url.lstrip("/"))
