"""Each kind of document is read as what it is, and its passages know their place."""

from typing import Any

import pytest

from playground.documents.model import Chunk
from playground.errors import DocumentUnreadable, PlaygroundError, TooLarge
from playground_chat.backend.documents.reading import Readers, ReadingLimits
from tests.support import documents


async def read(name: str, data: bytes | str, **limits: Any) -> list[Chunk]:
    async def nobody(done: int, total: int) -> None:
        assert 0 < done <= total

    chosen = ReadingLimits(**{"seconds": 20, "megabytes": 256, "chunks": 500, **limits})
    encoded = data.encode() if isinstance(data, str) else data
    return await Readers(chosen).read(name, encoded, nobody)


def places(chunks: list[Chunk]) -> list[tuple[str, dict[str, Any]]]:
    return [(chunk.text, chunk.place.public()) for chunk in chunks]


async def test_a_pdf_by_its_pages():
    found = await read("a.pdf", documents.pdf("The rent is due.", "", "Two keys."))
    assert places(found) == [("The rent is due.", {"page": 1}), ("Two keys.", {"page": 3})]
    assert [chunk.number for chunk in found] == [0, 1]


async def test_a_docx_by_its_headings_with_its_tables():
    rows = [["Item", "Price"], ["Key", "5"]]
    found = await read("a.docx", documents.docx_of([(1, "A"), (2, "B"), (0, "Some text."), rows]))
    assert places(found) == [("Some text.\nItem | Price\nKey | 5", {"heading": "A > B"})]


async def test_html_as_its_reader_sees_it():
    page = """<!doctype html><title>Shop</title><script>evil()</script><body><nav>Home</nav>
    <h1>Rent</h1><p>Due <b>now</b>.</p><table><tr><td>a</td><td>b</td></tr></table></body>"""
    found = await read("page", page)
    assert places(found) == [("Due now.\na | b", {"heading": "Shop > Rent"})]


async def test_markdown_by_its_headings_and_not_by_comments_in_its_code():
    text = "Before\n\n# A\n```sh\n# no heading\n```\n## B\nend\n"
    assert places(await read("a.md", text)) == [
        ("Before", {"line": 1}),
        ("```sh\n# no heading\n```", {"heading": "A", "line": 4}),
        ("end", {"heading": "A > B", "line": 8}),
    ]


async def test_a_table_with_the_name_of_each_column():
    found = await read("a.csv", "city;rent\nKöln;740\nBonn;\n")
    assert places(found) == [("city: Köln | rent: 740\ncity: Bonn", {"line": 2})]


async def test_source_code_and_other_text_by_lines():
    found = await read("a.py", "".join(f"value_{n} = {n}  # the number {n}\n" for n in range(99)))
    assert len(found) > 2
    for chunk in found:
        assert chunk.text.startswith(f"value_{chunk.place.line - 1 if chunk.place.line else 0} ")


async def test_text_in_the_encodings_of_other_days():
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        (chunk,) = await read("a.txt", "Grüße aus Köln".encode(encoding))
        assert chunk.text == "Grüße aus Köln"


UNREADABLE = {
    "a PDF under a password": ("a.pdf", documents.encrypted_pdf, "password"),
    "a PDF of pictures": ("a.pdf", lambda: documents.blank_pdf(2), "OCR"),
    "half of a PDF": ("a.pdf", lambda: documents.pdf("hi")[:300], "broken"),
    "a picture that is named a PDF": ("a.pdf", lambda: b"\x89PNG\r\n\x1a\n" * 99, "not a PDF"),
    "noise that is named a DOCX": ("a.docx", lambda: bytes(range(256)) * 9, "not a DOCX"),
    "half of a DOCX": ("a.docx", lambda: documents.docx_of([(0, "hi")])[:2000], "broken"),
    "an archive": ("a.docx", lambda: documents.archive({"a.txt": b"hi"}), "archive"),
    "a DOCX that lies about its size": ("a.docx", lambda: documents.lying_bomb(110), "be read"),
    "a DOCX whose entities unfold": ("a.docx", documents.entity_bomb, "broken"),
    "a program that is named a text": ("a.txt", lambda: b"\x7fELF\x02\x01\x01\0" * 99, "neither"),
    "a table of one endless value": ("a.csv", lambda: b"a\n" + b"x" * (1 << 21), "broken"),
    "nothing": ("a.md", lambda: b" \n", "empty"),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_cannot_be_read_is_refused_in_words(case: str):
    name, made, words = UNREADABLE[case]
    with pytest.raises(DocumentUnreadable, match=words):
        await read(name, made())


TOO_MUCH = {
    "a ZIP bomb": ("a.docx", lambda: documents.bomb(110), "when it is unpacked"),
    "a PDF of 10,000 pages": ("a.pdf", lambda: documents.blank_pdf(10_000), "10,000 pages"),
    "an endless text": ("a.txt", lambda: b"word " * 500_000, "500 passages"),
    "a line of 20 MiB": ("a.js", lambda: b"a" * (20 << 20), "500 passages"),
}


@pytest.mark.parametrize("case", TOO_MUCH)
async def test_what_is_larger_inside_than_allowed_is_too_large(case: str):
    name, made, words = TOO_MUCH[case]
    with pytest.raises(TooLarge, match=words):
        await read(name, made())


async def test_a_reader_that_takes_too_long_is_killed():
    nested = "<html>" + "<div>" * 100_000 + "hi"
    with pytest.raises(DocumentUnreadable, match=r"within 0\.5 seconds"):
        await read("a.html", nested, seconds=0.5)


async def test_half_a_character_and_nul_do_no_harm():
    (chunk,) = await read("a.pdf", documents.pdf(r"ab\000b", unicode_of_a="D800"))
    assert chunk.text == "?bb"
    assert chunk.model_dump_json()


async def test_no_error_names_the_host():
    with pytest.raises(PlaygroundError) as caught:
        await read("a.docx", documents.docx_with(b"<broken"))
    assert "/" not in caught.value.detail
