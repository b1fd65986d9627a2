"""`/docs`: the OpenAPI document as a page, all of it our own files: no other host is asked."""

import html
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

VENDOR = Path(__file__).parent / "vendor"
BUNDLE = "swagger-ui-bundle-5.35.0.js"
STYLE = "swagger-ui-5.35.0.css"
ASSETS = "/docs/assets"

_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
_START = """
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/{style}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{assets}/{bundle}"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""


def api_page_router(title: str) -> APIRouter:
    """The page and the script that starts it."""
    router = APIRouter(include_in_schema=False)
    page = _PAGE.format(title=html.escape(title), assets=ASSETS, style=STYLE, bundle=BUNDLE)

    @router.get("/docs", response_class=HTMLResponse)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    @router.get("/docs/start.js", response_class=Response)
    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    return router


def api_page_files() -> StaticFiles:
    """The vendored files, to be mounted at ASSETS."""
    return StaticFiles(directory=VENDOR)
