"""Compiles requirements/*.in to pinned, hashed files, all of them to the same versions."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"


def main() -> None:
    """Compile every file; versions already pinned are kept where they still fit."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    others = sorted(path.stem for path in FOLDER.glob("*.in") if path.stem != "everything")
    for stem in ["everything", *others]:
        constraints = [] if stem == "everything" else ["-c", "requirements/everything.txt"]
        subprocess.run(
            [
                *(uv, "pip", "compile", "-q", "--universal", "--generate-hashes"),
                *("--python-version", "3.11", "--no-header", "--no-annotate", *constraints),
                *("-o", f"requirements/{stem}.txt", f"requirements/{stem}.in"),
            ],
            cwd=ROOT,
            check=True,
        )


if __name__ == "__main__":
    main()
