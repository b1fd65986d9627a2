"""Streamlit apps of tests: scripts written on the spot, and those in tests/apps."""

import textwrap
from pathlib import Path

APPS = Path(__file__).parents[1] / "apps"
PATHS = APPS / "paths" / "app.py"


def written_app(folder: Path, script: str) -> Path:
    """The path of an app with that script, in a folder of its own."""
    path = folder / "app.py"
    path.write_text("import streamlit as st\n" + textwrap.dedent(script))
    return path
