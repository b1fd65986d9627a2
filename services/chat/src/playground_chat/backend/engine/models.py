"""Clients of language models, by the product's names for them. Keys stay in here.

To add a provider that LangChain knows, install its package and set its own key variable: nothing
here changes. A provider that needs settings of ours gets a case in `_made`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import httpx
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from playground.errors import ModelUnavailable
from playground.models import EMBEDDED
from playground_chat.backend.engine.crowd import Crowd
from playground_chat.backend.engine.metrics import ModelMetrics
from playground_chat.backend.engine.model_names import key_hint, name_of, provider_of
from playground_chat.backend.engine.patient_model import PatientModel, Voice
from playground_chat.backend.settings import ChatSettings

log = logging.getLogger(__name__)

# The one call of ours: its other overloads return things that are no model.
_INIT: Callable[..., BaseChatModel] = init_chat_model  # pyright: ignore
_Wanted = tuple[str, float | None, int | None, tuple[str, ...]]
_EMBEDDED_TEMPERATURE = 0.4
# A model this small repeats itself without end: llama.cpp's own remedies against that, as mild as
# will do. Stronger ones (1.18, DRY from two tokens on) stop the loops too, but drive it off topic.
_AGAINST_LOOPS = {
    "repeat_penalty": 1.1,
    "repeat_last_n": 128,
    "dry_multiplier": 0.5,
    "dry_base": 1.75,
    "dry_allowed_length": 6,
}


class ModelClients:
    """Makes a client once for each model and its settings. `ready` first, `close` at the end."""

    def __init__(self, settings: ChatSettings, metrics: ModelMetrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._made_before: dict[_Wanted, PatientModel] = {}
        self._importing: asyncio.Task[ModuleType] | None = None
        # One HTTP client for all: its TLS context alone takes 26 ms to load. Silence in mid-answer
        # is watched by the turn, so that it is the same for every provider.
        # As many answers run at once as are asked for: none waits for another's connection.
        # Kept for less than the 5 s after which usual model servers close: no question meets that.
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=200, keepalive_expiry=4
        )
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=10), limits=limits)
        self._crowd = Crowd()
        self._plain_http = httpx.Client(timeout=httpx.Timeout(None, connect=10))

    async def ready(self) -> None:
        """Import what the first client needs: a second's work on a small machine, in a thread."""
        if self._importing is None:
            work = asyncio.to_thread(import_module, "langchain_openai")
            self._importing = asyncio.create_task(work, name="import of langchain_openai")
        await asyncio.shield(self._importing)

    async def close(self) -> None:
        """Close the connections."""
        self._plain_http.close()
        await self._http.aclose()

    def client(
        self,
        model: str,
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        fallbacks: Sequence[str] = (),
    ) -> BaseChatModel:
        """The client of *model*, after `ready`; until its first word *fallbacks* may stand in.

        Raises ModelUnavailable, naming what is missing, where none of them can be asked.
        """
        wanted = (model, temperature, max_tokens, tuple(fallbacks))
        if wanted not in self._made_before:
            if len(self._made_before) >= 64:  # a client is cheap to make again
                self._made_before.clear()
            self._made_before[wanted] = self._patient(*wanted)
        return self._made_before[wanted]

    async def reach(self, model: str) -> None:
        """Ask the server of *model* whether it answers and accepts the key.

        Raises ModelUnavailable, or what its client raises. Of providers that do not speak OpenAI's
        protocol it is only known that a client could be made.
        """
        await self.ready()
        made = self._made(model, None, None)
        client: Any = getattr(made, "root_async_client", None)
        if client is not None:
            await client.with_options(max_retries=0, timeout=3).models.list()

    def history_tokens(self, model: str) -> int:
        """How much *model* is given to read, in estimated tokens."""
        settings = self._settings
        if provider_of(model) == EMBEDDED:
            return settings.embedded_history_tokens
        window = self._window(model)
        return (
            settings.history_tokens if window is None else min(window, settings.most_history_tokens)
        )

    def _window(self, model: str) -> int | None:
        """Three quarters of the model's window, where it is known: the rest is for its answer."""
        if self._importing is None or not self._importing.done():
            return None
        try:
            profile: Any = self.client(model).profile or {}
        except ModelUnavailable:
            return None
        window = profile.get("max_input_tokens")
        return window * 3 // 4 if window else None

    def _patient(
        self,
        model: str,
        temperature: float | None,
        max_tokens: int | None,
        fallbacks: tuple[str, ...],
    ) -> PatientModel:
        voices: list[Voice] = []
        missing: list[ModelUnavailable] = []
        for name in dict.fromkeys((model, *fallbacks)):
            try:
                voices.append(Voice(name, self._made(name, temperature, max_tokens)))
            except ModelUnavailable as error:
                log.warning("%s cannot be asked: %s", name, error.detail)
                missing.append(error)
        if not voices:
            raise missing[0]
        return PatientModel(
            voices=tuple(voices),
            metrics=self._metrics,
            stall_s=self._settings.model_stall_s,
            retries=self._settings.model_retries,
            profile=voices[0].client.profile,
        )

    def _made(self, model: str, temperature: float | None, max_tokens: int | None) -> BaseChatModel:
        provider, name = provider_of(model), name_of(model)
        options: dict[str, Any] = {"max_retries": 0}  # ours are enough
        if temperature is not None:
            options["temperature"] = temperature
        if max_tokens is not None:
            options["max_tokens"] = max_tokens
        if provider == EMBEDDED:
            options |= self._embedded(temperature, max_tokens)
            provider = "openai"
        elif provider == "openai":
            options |= self._openai()
        try:
            made = _INIT(name, model_provider=provider or None, **options)
        except ImportError as error:
            raise ModelUnavailable(
                f"Models of {provider} need a package that is not installed here."
            ) from error
        except Exception as error:  # each provider complains of missing settings in its own way
            raise ModelUnavailable(
                f"The model {model!r} cannot be used: its name or its settings are not complete. "
                f"{key_hint(model)}"
            ) from error
        if provider == "openai":
            wire = import_module(
                "playground_chat.backend.engine.wire"
            )  # after `ready`: needs OpenAI
            asking: Any = made
            asking.async_client = wire.PlainCompletions(asking.async_client, self._crowd)
        return made

    def _embedded(self, temperature: float | None, max_tokens: int | None) -> dict[str, Any]:
        settings = self._settings
        if not settings.embedded_url:
            raise ModelUnavailable(
                "The embedded model does not run here. Start it with `make up`, or choose another "
                "with CHAT_MODEL_ID."
            )
        limit = settings.embedded_max_tokens
        return {
            **self._wire(settings.embedded_url, settings.embedded_key.get_secret_value()),
            "temperature": _EMBEDDED_TEMPERATURE if temperature is None else temperature,
            "max_tokens": min(max_tokens or limit, limit),
            "extra_body": _AGAINST_LOOPS,
        }

    def _openai(self) -> dict[str, Any]:
        key = self._settings.openai_api_key.get_secret_value()
        url = self._settings.openai_base_url
        if not key and not url:
            raise ModelUnavailable("OpenAI's models need a key: set OPENAI_API_KEY.")
        return self._wire(url or None, key)

    def _wire(self, url: str | None, key: str) -> dict[str, Any]:
        return {
            "base_url": url,
            "api_key": key or "none",  # the client insists on one; a server without keys ignores it
            "http_async_client": self._http,
            "http_client": self._plain_http,
            "stream_usage": True,
            "stream_chunk_timeout": None,
        }
