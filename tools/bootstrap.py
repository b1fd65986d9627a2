"""Makes the checkout runnable: uv, a virtual environment, the pinned packages, the workspace's own.

Run by the Makefile with whatever Python 3.11 or newer there is; needs nothing but the standard
library. Does only what is missing: a stamp in the environment tells what it holds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("PLAYGROUND_VENV", ".venv")
TOOLS = ROOT / ".tools"
STAMP = VENV / ".bootstrapped"
MEMBERS = (
    "packages/playground",
    "packages/playground-http",
    "packages/playground-cli",
    "services/api",
    "services/chat",
    "services/mcp-gateway",
    "services/worker",
)


def main() -> None:
    """Bring the environment to the state that the requirements and the members ask for."""
    requirements = ROOT / "requirements" / f"{sys.argv[1]}.txt"
    wanted = _wanted(requirements)
    if STAMP.is_file() and wanted in STAMP.read_text().split():
        return
    uv = _step("uv", _find_or_install_uv)
    if not (VENV / "bin" / "python").exists():
        python = os.environ.get("UV_PYTHON", sys.executable)
        _step("virtual environment", lambda: _run(uv, "venv", "-q", "--python", python, str(VENV)))
    _step("pinned packages", lambda: _install(uv, requirements))
    _step("the workspace's own packages", lambda: _install_members(uv))
    STAMP.write_text(" ".join(_held(requirements, wanted)))


def _install(uv: str, requirements: Path) -> None:
    # Where Python may not keep the bytecode of what it imports, every start would compile it anew.
    compiled = ["--compile-bytecode"] if sys.dont_write_bytecode else []
    _run(
        *(uv, "pip", "install", "-q", "--python", str(VENV / "bin" / "python")),
        *("--no-deps", "--require-hashes", *compiled, "-r", str(requirements)),
    )


def _install_members(uv: str) -> None:
    editable = [part for member in MEMBERS for part in ("-e", str(ROOT / member))]
    python = str(VENV / "bin" / "python")
    _run(uv, "pip", "install", "-q", "--python", python, "--no-deps", *editable)


def _find_or_install_uv() -> str:
    """uv of the PATH, else the one in .tools, installed there by pip."""
    local = TOOLS / "bin" / "uv"
    found = shutil.which("uv") or (str(local) if local.exists() else None)
    if found:
        return found
    try:
        _run(sys.executable, "-m", "venv", str(TOOLS))
        _run(str(TOOLS / "bin" / "python"), "-m", "pip", "install", "-q", "uv")
    except subprocess.CalledProcessError:
        sys.exit(
            "Python's own pip is needed once, to install uv. "
            "Debian, Ubuntu: apt-get install python3-venv; or put uv on the PATH."
        )
    return str(local)


def _wanted(requirements: Path) -> str:
    """What the environment must hold, as a short digest."""
    files = [requirements, *(ROOT / member / "pyproject.toml" for member in MEMBERS)]
    content = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(content + str(ROOT).encode()).hexdigest()[:16]


def _held(requirements: Path, wanted: str) -> list[str]:
    """Digests to remember: the set for everything holds all that running needs."""
    if requirements.stem == "everything":
        return [wanted, _wanted(requirements.with_name("stack.txt"))]
    return [wanted]


def _step(name: str, do: Callable[[], T]) -> T:
    begun = time.monotonic()
    print(f"  {name} ...", end="", flush=True)
    result = do()
    print(f" {time.monotonic() - begun:.1f} s", flush=True)
    return result


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
