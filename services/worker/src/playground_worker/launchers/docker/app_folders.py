"""An app's folder as the archive that is unpacked into the container of its page."""

import io
import tarfile
from pathlib import Path

from playground.errors import TooLarge
from playground_worker.launchers.protocol import AppPage, AppScript

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 5_000


def packed_app(app: AppPage | None) -> bytes:
    """The script's folder, readable to all and writable to nobody; empty for any other page.

    What links lead to comes along only where it lies in the folder itself. Raises TooLarge.
    """
    if not isinstance(app, AppScript):
        return b""
    folder = app.path.parent
    files = sorted(path for path in folder.rglob("*") if _belongs(path, folder))
    if len(files) > MAX_FILES or sum(path.stat().st_size for path in files) > MAX_BYTES:
        raise TooLarge(
            f"The folder of {app.path.name!r} has more than {MAX_FILES:,} files or "
            f"{MAX_BYTES // 1024 // 1024} MiB; give the app a folder of its own."
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in files:
            entry = tarfile.TarInfo(str(path.relative_to(folder)))
            entry.size, entry.mode = path.stat().st_size, 0o644
            entry.mtime = path.stat().st_mtime
            with path.open("rb") as content:
                archive.addfile(entry, content)
    return packed.getvalue()


def _belongs(path: Path, folder: Path) -> bool:
    if "__pycache__" in path.parts or not path.is_file():
        return False
    return path.resolve().is_relative_to(folder)
