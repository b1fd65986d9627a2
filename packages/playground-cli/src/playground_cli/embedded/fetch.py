"""Fetching a model's weights: resumable, from the hub or a mirror, accepted only by SHA-256."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

HUB = "https://huggingface.co"
_PARTIAL_CONTENT = 206


@dataclass(frozen=True)
class Fetchable:
    """A publisher's own GGUF, pinned by revision, size and SHA-256."""

    name: str
    repository: str
    revision: str
    file: str
    bytes: int
    sha256: str
    licence: str

    @property
    def url(self) -> str:
        """Where the publisher offers it."""
        return f"{HUB}/{self.repository}/resolve/{self.revision}/{self.file}"


CATALOGUE = {
    model.name: model
    for model in [
        Fetchable(
            name="qwen2.5-0.5b-instruct",
            repository="Qwen/Qwen2.5-0.5B-Instruct-GGUF",
            revision="9217f5db79a29953eb74d5343926648285ec7e67",
            file="qwen2.5-0.5b-instruct-q4_k_m.gguf",
            bytes=491_400_032,
            sha256="74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db",
            licence="Apache-2.0",
        )
    ]
}


class FetchFailed(Exception):
    """The weights could not be fetched, or are not the ones that were asked for."""


def fetch(
    model: Fetchable,
    folder: Path,
    *,
    url: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Path:
    """Fetch *model* into *folder* and return its file; what is there and right is kept.

    A fetch that broke off is taken up where it ended. `progress` hears how many bytes are there.
    Raises FetchFailed; a file with the wrong content is never left under the model's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f"{model.name}.gguf"
    if whole.is_file() and _digest(whole) == model.sha256:
        progress(model.bytes)
        return whole
    part = whole.with_suffix(".part")
    try:
        _download(url or model.url, part, model.bytes, progress)
        found = _digest(part)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise FetchFailed(f"{_said(error)}; run the same command again to go on") from error
    if found != model.sha256:
        part.unlink()
        raise FetchFailed(f"the file has SHA-256 {found}, not {model.sha256}; it was thrown away")
    part.replace(whole)
    return whole


def _download(url: str, part: Path, size: int, progress: Callable[[int], None]) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if have > size:
        part.unlink()
        have = 0
    progress(have)
    if have == size:
        return
    headers = {"Range": f"bytes={have}-"} if have else {}
    timeout = httpx.Timeout(30, connect=10)
    with httpx.stream(
        "GET", url, headers=headers, follow_redirects=True, timeout=timeout
    ) as answer:
        answer.raise_for_status()
        resumed = answer.status_code == _PARTIAL_CONTENT
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                if have > size:
                    raise FetchFailed("the server sends more than the model's size")
                progress(have)
            file.flush()
            os.fsync(file.fileno())
    if have < size:
        raise httpx.ReadError(f"the connection ended after {have:,} of {size:,} bytes")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the server answered {error.response.status_code}"
    return str(error) or type(error).__name__
