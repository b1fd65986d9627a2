"""Documents of a conversation: taken in with their progress in sight, and as rows of a table."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn

from playground_cli.client import PlaygroundClient, Refused
from playground_cli.output import errors

_ON_THE_WAY = {"reading": "being read", "embedding": "being prepared for search"}


def upload_file(client: PlaygroundClient, session_id: str, file: Path) -> dict[str, Any]:
    """The document of *file* once it can be searched; its progress is shown. Raises Refused."""
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}")
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task(file.name, total=None, state="being sent")
        path = f"/v1/sessions/{session_id}/documents"
        document = _sent(client, path, file)
        while document["status"] in _ON_THE_WAY:
            state = _ON_THE_WAY[document["status"]]
            done, total = document["done"], document["total"] or None
            progress.update(task, completed=done, total=total, state=state)
            time.sleep(0.1)
            document = _as_it_is(client, path, document)
    if document["status"] == "failed":
        client.delete(f"{path}/{document['id']}")
        raise Refused(f"{file.name}: {document['error']['detail']}", document["error"]["code"])
    return document


def in_a_line(document: dict[str, Any]) -> str:
    """A document that was taken in: ``doc-1  lease.pdf  12 passages``."""
    passages = "1 passage" if document["chunks"] == 1 else f"{document['chunks']} passages"
    return f"{document['id']}  {document['name']}  {passages}"


def document_rows(documents: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Documents as rows: id, name, status, passages, bytes."""
    return [
        [d["id"], d["name"], _status(d), str(d["chunks"]), f"{d['bytes']:,}"] for d in documents
    ]


def _sent(client: PlaygroundClient, path: str, file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as content:
            return client.upload(path, file.name, content, wait=0)
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from error
    except Refused as refused:
        raise Refused(f"{file.name}: {refused}", refused.code) from refused


def _as_it_is(client: PlaygroundClient, path: str, document: dict[str, Any]) -> dict[str, Any]:
    listed = client.get(path)["items"]
    found = next((one for one in listed if one["id"] == document["id"]), None)
    if found is None:
        raise Refused(f"{document['name']} was removed while it was being read.")
    return found


def _status(document: dict[str, Any]) -> str:
    total = f" {document['done']} of {document['total']}" if document["total"] else ""
    if document["status"] in _ON_THE_WAY:
        return document["status"] + total
    return document["status"]
