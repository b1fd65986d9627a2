"""PDF, page by page, by pypdf."""

from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from playground_chat.backend.documents.reader.sections import Section, Step, TooMuch, Unreadable

MAX_PAGES = 2_000
_BROKEN = "The PDF is broken, and cannot be read."
_LOCKED = "The PDF is protected by a password: save it without one, and upload it again."


def sections(data: bytes) -> Iterator[Section | Step]:
    """The text of each page. Raises Unreadable or TooMuch."""
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(_LOCKED)
        pages = len(reader.pages)
    except (FileNotDecryptedError, DependencyError) as error:
        raise Unreadable(_LOCKED) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Unreadable(_BROKEN) from error
    if pages > MAX_PAGES:
        raise TooMuch(f"The PDF has {pages:,} pages; at most {MAX_PAGES:,} are read.")
    found = False
    for number in range(pages):
        text = _text_of_page(reader, number)
        found = found or bool(text.strip())
        yield Section(text, page=number + 1)
        yield Step(number + 1, pages)
    if not found:
        raise Unreadable(
            "The PDF holds pictures of text and no text: it needs character recognition (OCR)."
        )


def _text_of_page(reader: PdfReader, number: int) -> str:
    """The page's text; of a page that is broken, none."""
    try:
        return reader.pages[number].extract_text()
    except MemoryError:
        raise
    except Exception:  # a font or a stream of this page alone; the others may be whole
        return ""
