"""What a file is: by its content first, and only then by its name."""

import codecs
import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from playground_chat.backend.documents.reader.sections import Unreadable

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMED = {"pdf": "a PDF", "docx": "a DOCX document"}
_BY_SUFFIX = {
    "html": "html", "htm": "html", "xhtml": "html",
    "md": "markdown", "markdown": "markdown", "mdx": "markdown",
    "csv": "table", "tsv": "table",
}  # fmt: skip
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\v\b\x1b")


def kind_of(name: str, data: bytes) -> str:
    """pdf, docx, html, markdown, table or text. Raises Unreadable."""
    suffix = PurePosixPath(name).suffix.lower().lstrip(".")
    if not data.strip():
        raise Unreadable("The file is empty.")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_archive(data)
    if suffix in _NAMED:
        raise Unreadable(f"The file is not {_NAMED[suffix]}, as its name says.")
    head = data[:4096].decode(encoding_of(data), errors="ignore").lstrip().lower()
    if head.startswith(("<!doctype html", "<html")):
        return "html"
    return _BY_SUFFIX.get(suffix, "text")


def encoding_of(data: bytes) -> str:
    """How the text *data* is written. Raises Unreadable where it is no text."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[: 1 << 20]
    # Whatever the encoding, text holds no NUL and next to no control characters.
    if b"\x00" in sample or sum(byte in _CONTROLS for byte in sample) * 200 > len(sample):
        raise Unreadable("The file is neither text nor a kind of document that can be read here.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def text_of(data: bytes) -> str:
    """*data* as text with plain newlines. Bytes that mean nothing are shown as such."""
    text = data.decode(encoding_of(data), errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _kind_of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable("The file begins like a DOCX document, and is broken.") from error
    if "word/document.xml" in names:
        return "docx"
    raise Unreadable("The file is an archive, and no DOCX document.")
