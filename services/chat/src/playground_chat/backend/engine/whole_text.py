"""Text of a model made whole: halves of a character that came apart are joined or replaced.

JSON can carry half a character (a lone surrogate), which no UTF-8 can: it would break at the store.
"""

from collections.abc import Iterator

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk


class WholeText:
    """The text of one answer as it comes in chunks."""

    def __init__(self) -> None:
        self._half = ""

    def mended(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """*chunk* with whole characters; a first half at its end waits for the second."""
        said = chunk.message.content
        if not isinstance(said, str) or (not self._half and not _has_halves(said)):
            return chunk
        said = self._half + said
        self._half = said[-1] if "\ud800" <= said[-1:] <= "\udbff" else ""
        whole = _joined(said.removesuffix(self._half))
        message = chunk.message.model_copy(update={"content": whole})
        return ChatGenerationChunk(message=message, generation_info=chunk.generation_info)

    def rest(self) -> Iterator[ChatGenerationChunk]:
        """A sign for the half that was left at the end, if any."""
        if self._half:
            yield ChatGenerationChunk(message=AIMessageChunk(content="\ufffd"))


def _has_halves(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text)


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
