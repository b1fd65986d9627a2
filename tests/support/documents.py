"""Documents as people upload them, and as they should not: made when they are needed."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import docx
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def pdf(*pages: str, unicode_of_a: str = "") -> bytes:
    """A PDF with one line of text on each page; its font may map "a" to a UTF-16 of yours."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    if unicode_of_a:
        table = (
            "1 begincodespacerange <00> <FF> endcodespacerange\n"
            f"1 beginbfchar <61> <{unicode_of_a}> endbfchar"
        )
        font[NameObject("/ToUnicode")] = _stream(writer, table)
    for text in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page[NameObject("/Contents")] = _stream(writer, f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET")
    return _written(writer)


def blank_pdf(pages: int) -> bytes:
    """A PDF of so many empty pages, without the second that pypdf takes for ten thousand."""
    kids = " ".join(f"{number} 0 R" for number in range(3, pages + 3))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]>>"]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * pages
    parts, places = ["%PDF-1.4\n"], list[int]()
    length = len(parts[0])
    for number, one in enumerate(objects, 1):
        places.append(length)
        parts.append(f"{number} 0 obj{one}endobj\n")
        length += len(parts[-1])
    count = len(objects) + 1
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    parts.append(f"xref\n0 {count}\n0000000000 65535 f \n{table}")
    parts.append(f"trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{length}\n%%EOF")
    return "".join(parts).encode()


def encrypted_pdf() -> bytes:
    """A PDF that opens by a password alone."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    return _written(writer)


def docx_of(blocks: Sequence[tuple[int, str] | list[list[str]]]) -> bytes:
    """A DOCX: a level and a text for a heading (0: a paragraph), or the rows of a table."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, tuple):
            level, text = block
            _ = document.add_heading(text, level) if level else document.add_paragraph(text)
            continue
        table = document.add_table(rows=0, cols=len(block[0]))
        for row in block:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = value
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP archive of *parts*."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return target.getvalue()


def docx_with(body: bytes) -> bytes:
    """A DOCX whose text is *body*, whatever that is."""
    with zipfile.ZipFile(io.BytesIO(docx_of([(0, "hi")]))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    return archive({**parts, "word/document.xml": body})


def bomb(megabytes: int) -> bytes:
    """A DOCX that says how much it unpacks to."""
    return docx_with(b" " * (megabytes * 1024**2))


def lying_bomb(megabytes: int) -> bytes:
    """A DOCX that unpacks to more than it says."""
    size = megabytes * 1024**2
    return bomb(megabytes).replace(struct.pack("<L", size), struct.pack("<L", 100))


def entity_bomb() -> bytes:
    """A DOCX whose entities would unfold to a terabyte."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">{entities}]><d>&a11;</d>'
    return docx_with(body.encode())


def _stream(writer: Any, content: str) -> Any:
    stream = DecodedStreamObject()
    stream.set_data(content.encode("latin-1"))
    return writer._add_object(stream)


def _written(writer: Any) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
