"""The folder of FILES_ROOT: listed and read, and nothing outside of it ever opened.

Every part of a path is opened below the one before, by descriptor and without following links, so
that nobody can swap a folder for a link between a check and its use. No error names a path of the
host.
"""

import errno
import os
import stat
from codecs import getincrementaldecoder
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from playground.clock import rfc3339
from playground.errors import FieldError, Forbidden, InvalidRequest, PlaygroundError

MAX_ENTRIES = 1_000
MAX_LOOKED_AT = 20_000
"""Entries of one folder that are looked at: a folder may hold more than anybody can list."""
MAX_READ_BYTES = 1024 * 1024
_MAX_PATH = 4_096
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class NoFiles(PlaygroundError):
    """This playground shows no files: FILES_ROOT is not set to a folder that can be read."""

    code, status, title = "tool_failed", 502, "No files"


@dataclass(frozen=True)
class FoundEntry:
    """One name in a folder."""

    name: str
    type: str
    bytes: int | None
    modified: str


@dataclass(frozen=True)
class ReadText:
    """The text of a file, or its beginning."""

    text: str
    size: int
    truncated: bool


@dataclass(frozen=True)
class FilesFolder:
    """Reads below one folder. Raises InvalidRequest, Forbidden and NoFiles."""

    root: Path | None

    def entries(self, path: str, pattern: str | None) -> tuple[list[FoundEntry], bool]:
        """What is in a folder, by name, and whether there is more than is shown."""
        with self._opened_folder(_parts(path)) as folder, os.scandir(folder) as found:
            entries: list[FoundEntry] = []
            for seen, entry in enumerate(found):
                if seen == MAX_LOOKED_AT:
                    return sorted(entries, key=_name)[:MAX_ENTRIES], True
                name = _readable(entry.name)
                if pattern is None or fnmatchcase(name, pattern):
                    with suppress(OSError):  # gone since, or in a folder that only lists its names
                        entries.append(_found(entry, name))
        return sorted(entries, key=_name)[:MAX_ENTRIES], len(entries) > MAX_ENTRIES

    def text(self, path: str, max_bytes: int) -> ReadText:
        """The first *max_bytes* of a file as text."""
        *folders, name = _parts(path) or [""]
        if not name:
            raise _wrong("is a folder; list_dir lists it")
        with self._opened_folder(folders) as folder, _opened_file(name, folder) as file:
            size = os.fstat(file).st_size
            content = _read(file, min(max_bytes, MAX_READ_BYTES))
        if b"\0" in content:
            raise _wrong("is not a text file")
        truncated = size > len(content)
        decoder = getincrementaldecoder("utf-8")("replace")
        return ReadText(decoder.decode(content, final=not truncated), size, truncated)

    @contextmanager
    def _opened_folder(self, parts: list[str]) -> Generator[int]:
        with ExitStack() as opened:
            try:
                # The root itself may be a link: whoever has set it has meant where it leads.
                folder = os.open(self.root or "", _FOLDER & ~os.O_NOFOLLOW)
            except OSError as error:
                raise NoFiles() from error
            opened.callback(os.close, folder)
            for part in parts:
                folder = _open(part, _FOLDER, folder)
                opened.callback(os.close, folder)
            yield folder


@contextmanager
def _opened_file(name: str, folder: int) -> Generator[int]:
    """A regular file. Asked before it is opened, because opening a device may do something."""
    try:
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError as error:
        raise _refused(error) from error
    _require_file(kind)
    file = _open(name, _FILE, folder)
    try:
        _require_file(os.fstat(file).st_mode)
        yield file
    finally:
        os.close(file)


def _require_file(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise _wrong("is a folder; list_dir lists it")
    if not stat.S_ISREG(mode):
        raise Forbidden("path is not a plain file: links, pipes, sockets and devices are not read.")


def _open(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise _refused(error) from error


def _read(file: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    while limit and (piece := os.read(file, limit)):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def _parts(path: str) -> list[str]:
    """The names in *path*, which is relative to the root."""
    if "\0" in path or len(path) > _MAX_PATH or not _is_text(path):
        raise _wrong("is not a path")
    if path.startswith("/"):
        raise _wrong("must be relative, such as '.' or 'notes/today.md'")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _wrong("must not lead upward: '..' is refused")
    return parts


def _is_text(path: str) -> bool:
    """Half a character is none, and a name that is not UTF-8 could not be told to anybody."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _found(entry: os.DirEntry[str], name: str) -> FoundEntry:
    about = entry.stat(follow_symlinks=False)
    kind = _KINDS.get(stat.S_IFMT(about.st_mode), "other")
    modified = rfc3339(datetime.fromtimestamp(about.st_mtime, UTC))
    return FoundEntry(name, kind, about.st_size if kind == "file" else None, modified)


_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def _readable(name: str) -> str:
    """A name that is not UTF-8 is shown with replacement marks; it cannot be asked for."""
    return os.fsencode(name).decode("utf-8", "replace")


def _name(entry: FoundEntry) -> str:
    return entry.name


def _refused(error: OSError) -> PlaygroundError:
    """Why something cannot be opened; not in the system's words, for those have paths."""
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Forbidden("path leads through a link; links are not followed.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Forbidden("path may not be read.")
    if error.errno == errno.ENOTDIR:
        return _wrong("names no folder there, or leads through a file or a link")
    return _wrong("does not name anything here; list_dir shows what there is")


def _wrong(message: str) -> InvalidRequest:
    return InvalidRequest(f"path {message}.", errors=(FieldError("path", message),))
