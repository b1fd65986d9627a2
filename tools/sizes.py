"""Fails where a room has become a hall: a module over 400 lines, a function over 50."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_MODULE = 400
MAX_FUNCTION = 50


def main() -> None:
    """Name every file and function that is too long; exit 1 if there is any."""
    files = subprocess.run(
        ["git", "ls-files", "-z", "*.py", "*.js", "*.html", "*.css"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    complaints = [c for name in files if name and "/vendor/" not in name for c in look(Path(name))]
    sys.stdout.writelines(f"{complaint}\n" for complaint in complaints)
    sys.exit(bool(complaints))


def look(path: Path) -> Iterator[str]:
    """What is too long in one file."""
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MAX_MODULE:
        yield f"{path}: {lines} lines, at most {MAX_MODULE}"
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name}: {length} lines, at most {MAX_FUNCTION}"


if __name__ == "__main__":
    main()
