"""DOCX by python-docx: paragraphs under their headings, and tables row by row."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

from docx import Document
from docx.document import Document as Docx
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph

from playground_chat.backend.documents.reader.sections import Headings, Section, TooMuch, Unreadable

MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 5_000


def sections(data: bytes) -> Iterator[Section]:
    """The text under each heading. Raises Unreadable or TooMuch."""
    _require_modest(data)
    document = _opened(data)
    headings, lines = Headings(), list[str]()
    for block in document.iter_inner_content():
        level = _level(block) if isinstance(block, Paragraph) else None
        if level is None:
            lines.extend(_lines(block))
            continue
        yield Section("\n".join(lines), heading=headings.path())
        headings.enter(level, block.text if isinstance(block, Paragraph) else "")
        lines = []
    yield Section("\n".join(lines), heading=headings.path())


def _require_modest(data: bytes) -> None:
    """A ZIP says how large its parts are, and Python unpacks no byte more than it says."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooMuch(
            f"The document is larger than {MAX_UNPACKED // 1024**2} MiB when it is unpacked."
        )


def _opened(data: bytes) -> Docx:
    try:
        return Document(BytesIO(data))
    except (OpcError, zipfile.BadZipFile, SyntaxError, KeyError, ValueError, OSError) as error:
        raise Unreadable("The DOCX document is broken, and cannot be read.") from error


def _level(paragraph: Paragraph) -> int | None:
    """The level of a heading; None for any other paragraph."""
    style = paragraph.style
    name = ((style.name if style is not None else None) or "").lower()
    if name == "title":
        return 0
    number = name.removeprefix("heading ")
    return int(number) if number != name and number.isdigit() else None


def _lines(block: Paragraph | Table) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
        return
    for row in block.rows:
        cells = list(dict.fromkeys(cell.text.strip() for cell in row.cells))  # merged ones repeat
        yield " | ".join(cells)
