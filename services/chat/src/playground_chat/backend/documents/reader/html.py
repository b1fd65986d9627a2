"""HTML by selectolax: the text that a reader sees, under its headings."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from playground_chat.backend.documents.reader.sections import Headings, Section, Unreadable

_UNSEEN = "script, style, noscript, template, svg, head, nav, iframe, object"
_BLOCKS = frozenset(
    """p div li tr pre blockquote dt dd br section article ul ol table figcaption header footer
    main aside form hr body""".split()  # noqa: SIM905 a word list reads better
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
MAX_DEPTH = 500


def sections(text: str) -> Iterator[Section]:
    """The text under each heading. Raises Unreadable."""
    tree = LexborHTMLParser(text)
    title = tree.css_first("title")
    headings = Headings()
    if title is not None:
        headings.enter(0, title.text())
    for unseen in tree.css(_UNSEEN):
        unseen.decompose()
    if tree.body is None:
        return
    pieces: list[str] = []
    for level, piece in _walk(tree.body):
        if level is None:
            pieces.append(piece)
            continue
        yield Section(_tidy(pieces), heading=headings.path())
        headings.enter(level, piece)
        pieces = []
    yield Section(_tidy(pieces), heading=headings.path())


def _walk(body: LexborNode) -> Iterator[tuple[int | None, str]]:
    """Text as it comes, newlines where blocks begin, and headings with their level."""
    stack: list[tuple[LexborNode, int]] = [(body, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise Unreadable("The page nests its elements too deeply to be read.")
        tag = node.tag or ""
        if tag == "-text":
            yield None, node.text_content or ""
        elif tag in _HEADINGS:
            yield _HEADINGS[tag], node.text(deep=True, separator=" ")
        else:
            if tag in ("td", "th"):
                yield None, " | "
            elif tag in _BLOCKS:
                yield None, "\n"
            children = list(node.iter(include_text=True))
            stack.extend((child, depth + 1) for child in reversed(children))


def _tidy(pieces: list[str]) -> str:
    lines = (" ".join(line.split()).strip("| ") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
