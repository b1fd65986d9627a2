"""Where scenarios are made and judged, put together: the editor and the comparisons."""

from fastapi import APIRouter

from playground_api.comparisons.comparing import Comparing
from playground_api.control import Control
from playground_api.dashboard.compare import compare_router
from playground_api.dashboard.compare_files import compare_files_router
from playground_api.dashboard.editor import editor_actions_router, editor_router
from playground_api.dashboard.editor_pages import EditorPages


def workbench_routers(control: Control, comparing: Comparing) -> list[APIRouter]:
    """Everything below `/compare` and `/scenarios`."""
    pages = EditorPages(control, comparing)
    return [
        compare_files_router(comparing),
        compare_router(control, comparing),
        editor_router(pages),
        editor_actions_router(pages),
    ]
