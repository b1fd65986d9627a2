"""The words in HTML that an app has written, as far as a reader without a browser can tell."""

from html.parser import HTMLParser

_UNSEEN = ("script", "style", "head", "template")


def text_in_html(html: str) -> str:
    """Its text, without markup, scripts and styles."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join(" ".join(reader.pieces).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._inside += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._inside = max(0, self._inside - (tag in _UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.pieces.append(data)
