"""A file to be taken along, as the answer to a request."""

from fastapi import Response


def download(text: str, media_type: str, name: str) -> Response:
    """*text* as a file of that name, which no cache keeps and no browser shows."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type=media_type, headers=headers)
