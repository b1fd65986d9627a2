"""Markdown of models as HTML that can do nothing: no tags of its own, no pictures, safe links."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound

_MOST_RENDERED = 200_000
"""Characters; more than that is shown as it was written."""
_MOST_COLOURED = 20_000
"""Characters of one block of code that get colours: a lexer is much slower than the rest."""
_COLOURS: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="hl-")


def rendered(text: str) -> Markup:
    """*text* as HTML. Tags in it are shown as they were written."""
    if len(text) > _MOST_RENDERED:
        return Markup("<pre>{}</pre>").format(text)
    return Markup(_MARKDOWN.render(text))


rendered_once = lru_cache(128)(rendered)
"""The same for texts that do not change any more."""


def _coloured(code: str, language: str, _: str) -> str:
    """Code in colours, or nothing where the language is unknown: then it is escaped as it is."""
    if not language or len(code) > _MOST_COLOURED:
        return ""
    try:
        return highlight(code, find_lexer_class_by_name(language)(), _COLOURS)
    except ClassNotFound:
        return ""


class _Renderer(RendererHTML):
    """Links open in a tab of their own and tell nobody where they stood; code can be scrolled."""

    def link_open(
        self, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]
    ) -> str:
        """The start of a link."""
        del env
        tokens[index].attrSet("target", "_blank")
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, index, options, {})

    def table_open(
        self, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]
    ) -> str:
        """A table that is too wide scrolls in a box of its own."""
        del tokens, index, options, env
        return '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'

    def table_close(
        self, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]
    ) -> str:
        """The end of it."""
        del tokens, index, options, env
        return "</table></div>"

    def th_open(
        self, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]
    ) -> str:
        """A heading of a column. Its side is said by a class: a style would not be obeyed."""
        del env
        side = str(tokens[index].attrs.pop("style", "")).removeprefix("text-align:")
        if side:
            tokens[index].attrSet("class", f"to-{side}")
        return self.renderToken(tokens, index, options, {})

    td_open = th_open


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "highlight": _coloured}, renderer_cls=_Renderer)
    .enable(["table", "strikethrough"])
    # A picture would tell strangers what was said here; its words become a link.
    .disable(["image", "html_block", "html_inline"])
)
