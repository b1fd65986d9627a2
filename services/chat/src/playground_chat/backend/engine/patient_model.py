"""A chat model that tries again, and asks another in its place, until the first word is said.

LangChain sees one model: it streams, takes tools, and is traced like any other. Once a word has
been said nothing is tried again, since it cannot be taken back.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import ModelConnectionError
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import Field

from playground.errors import ModelUnavailable
from playground_chat.backend.engine.metrics import ModelMetrics
from playground_chat.backend.engine.patience import pause_before_retry
from playground_chat.backend.engine.tracing import TRACING, Span
from playground_chat.backend.engine.whole_text import WholeText

log = logging.getLogger(__name__)

ANSWERED_BY = "answered_by"
"""Where a message's response metadata names the model that gave it."""

_Chunks = AsyncGenerator[ChatGenerationChunk]


@dataclass(frozen=True)
class Voice:
    """One model that may answer: the product's name for it, its client, what is bound to it."""

    name: str
    client: BaseChatModel
    bound: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def with_tools(self, tools: Sequence[Any], options: Mapping[str, Any]) -> "Voice":
        """This voice, told of *tools* in its provider's way. Raises what its client raises."""
        told: Any = self.client.bind_tools(tools, **options)
        return replace(self, client=told.bound, bound={**self.bound, **told.kwargs})


class PatientModel(BaseChatModel):
    """The first of its voices that answers. Its callers time the whole, it times each silence.

    Raises ModelUnavailable when a voice falls silent, else what the first voice's provider raises.
    """

    voices: tuple[Voice, ...] = Field(exclude=True)
    metrics: ModelMetrics = Field(exclude=True)
    stall_s: float
    retries: int

    @property
    def _llm_type(self) -> str:
        return "patient"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.voices[0].name}

    def __repr__(self) -> str:
        return f"PatientModel({', '.join(voice.name for voice in self.voices)})"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with *tools*; what takes no tools is not asked in the first one's place."""
        options = {**kwargs, **({} if tool_choice is None else {"tool_choice": tool_choice})}
        told = [self.voices[0].with_tools(tools, options)]
        for voice in self.voices[1:]:
            try:
                told.append(voice.with_tools(tools, options))
            except (NotImplementedError, ValueError, TypeError, KeyError):
                log.warning("%s takes no such tools and cannot stand in", voice.name)
        return self.model_copy(update={"voices": tuple(told)})

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        asked = self.voices[0].name
        about = {"gen_ai.operation.name": "chat", "gen_ai.request.model": asked}
        span = TRACING.begun(f"chat {asked}", about)  # a generator has no context of its own
        text, outcome = WholeText(), "failed"
        used: UsageMetadata | None = None
        try:
            voice, opening, rest = await self._begun(messages, stop, kwargs)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.end()
            raise
        try:
            outcome = "left"
            async with aclosing(rest):
                async for chunk in _joined(opening, rest):
                    used = _with_usage(used, chunk)
                    yield text.mended(chunk)
                    await asyncio.sleep(0)  # a model that is ahead does not hold the others up
            for chunk in text.rest():
                yield chunk
            outcome = "answered"
        except Exception:
            outcome = "failed"
            raise
        finally:
            self.metrics.ended(voice.name, outcome, used)
            _tell_end(span, voice.name, outcome, used)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [chunk async for chunk in self._astream(messages, stop, **kwargs)]
        return generate_from_stream(iter(chunks))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("It is asked by its asynchronous methods alone.")

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return self.voices[0].client._get_ls_params(stop, **kwargs)

    async def _begun(
        self, messages: list[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> tuple[Voice, list[ChatGenerationChunk], _Chunks]:
        """The voice that answers, its first words, and the rest. Raises the first failure."""
        failures: list[Exception] = []
        for voice in self.voices:
            for attempt in range(self.retries + 1):
                chunks = self._asked(voice, messages, stop, options)
                try:
                    opening = await _opening(chunks)
                except Exception as error:
                    pause = pause_before_retry(error, attempt) if attempt < self.retries else None
                    self._failed(voice, error, pause)
                    if pause is None:
                        failures.append(error)
                        break
                    await asyncio.sleep(pause)
                else:
                    return self._answering(voice, opening), opening, chunks
        raise failures[0]

    async def _asked(
        self,
        voice: Voice,
        messages: list[BaseMessage],
        stop: list[str] | None,
        options: Mapping[str, Any],
    ) -> _Chunks:
        """One call of *voice*, each silence of which is limited."""
        client = voice.client
        options = {**voice.bound, **options}
        streaming: dict[str, Any] = {**options, "stream": True}
        if client._should_stream(async_api=True, **streaming):
            chunks = cast(_Chunks, client._astream(messages, stop, **options))
        else:
            chunks = _as_chunks(client._agenerate(messages, stop, **options))
        ended = not hasattr(client, "root_async_client")  # OpenAI's protocol tells of its end
        async with aclosing(chunks):
            while True:
                try:
                    async with asyncio.timeout(self.stall_s):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
                except TimeoutError as error:
                    raise ModelUnavailable(
                        f"{voice.name} said nothing for {self.stall_s:g} seconds and was given up."
                    ) from error
                ended = ended or _is_last(chunk)
                yield chunk
        if not ended:
            raise ModelConnectionError("The stream ended before the answer did.")

    def _answering(self, voice: Voice, opening: list[ChatGenerationChunk]) -> Voice:
        opening[0].message.response_metadata[ANSWERED_BY] = voice.name
        if voice is not self.voices[0]:
            log.warning("%s answers in place of %s", voice.name, self.voices[0].name)
            self.metrics.fallbacks.labels(self.metrics.label(voice.name)).inc()
        return voice

    def _failed(self, voice: Voice, error: Exception, pause: float | None) -> None:
        if pause is None:
            self.metrics.ended(voice.name, "failed", None)
        else:
            log.info("%s: %s; asked again in %.2f s", voice.name, type(error).__name__, pause)
            self.metrics.retries.labels(self.metrics.label(voice.name)).inc()


def _tell_end(span: Span, model: str, outcome: str, used: UsageMetadata | None) -> None:
    span.set_attribute("gen_ai.response.model", model)
    if used is not None:
        span.set_attribute("gen_ai.usage.input_tokens", used["input_tokens"])
        span.set_attribute("gen_ai.usage.output_tokens", used["output_tokens"])
    if outcome != "answered":
        span.set_attribute("error.type", outcome)
    span.end()


async def _opening(chunks: _Chunks) -> list[ChatGenerationChunk]:
    """What comes up to the first word or call. Raises ModelUnavailable where nothing comes."""
    opening: list[ChatGenerationChunk] = []
    async for chunk in chunks:
        opening.append(chunk)
        if _says_something(chunk):
            return opening
    if not opening:
        raise ModelUnavailable("The model's server answered, but not in a way that is understood.")
    return opening


async def _joined(opening: list[ChatGenerationChunk], rest: _Chunks) -> _Chunks:
    for chunk in opening:
        yield chunk
    async for chunk in rest:
        yield chunk


def _with_usage(used: UsageMetadata | None, chunk: ChatGenerationChunk) -> UsageMetadata | None:
    told = chunk.message.usage_metadata if isinstance(chunk.message, AIMessage) else None
    return used if told is None else add_usage(used, told)


def _says_something(chunk: ChatGenerationChunk) -> bool:
    message = chunk.message
    calls = message.tool_call_chunks if isinstance(message, AIMessageChunk) else []
    return bool(message.content or calls)


def _is_last(chunk: ChatGenerationChunk) -> bool:
    message = chunk.message
    last = isinstance(message, AIMessageChunk) and message.chunk_position == "last"
    return last or "finish_reason" in (chunk.generation_info or {})


async def _as_chunks(answer: Awaitable[ChatResult]) -> _Chunks:
    """The answer of a client that does not stream, as if it had come in one piece."""
    for one in (await answer).generations:
        message = cast(AIMessage, one.message)
        chunk = AIMessageChunk(
            content=message.content,  # pyright: ignore
            tool_calls=message.tool_calls,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,  # pyright: ignore
            additional_kwargs=message.additional_kwargs,  # pyright: ignore
        )
        yield ChatGenerationChunk(message=chunk, generation_info=one.generation_info)
