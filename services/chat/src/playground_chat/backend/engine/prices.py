"""What tokens cost, where that is known: our dated table, and the operator's own file before it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from playground_chat.backend.engine.model_names import name_of, provider_of

if TYPE_CHECKING:  # settings check the operator's file with this, and need no LangChain for it
    from langchain_core.messages.ai import UsageMetadata

KNOWN = Path(__file__).with_name("prices.toml")

_Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(BaseModel):
    """US dollars for a million tokens of one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: _Dollars
    output: _Dollars
    cached: _Dollars | None = None
    up_to: int | None = None

    def of(self, usage: "UsageMetadata") -> float | None:
        """The price of *usage*, None where this price does not tell it."""
        details = usage.get("input_token_details", {})
        cached, written = details.get("cache_read", 0), details.get("cache_creation", 0)
        too_long = self.up_to is not None and usage["input_tokens"] > self.up_to
        if too_long or written or (cached and self.cached is None):
            return None
        fresh = usage["input_tokens"] - cached
        whole = (
            fresh * self.input + cached * (self.cached or 0) + usage["output_tokens"] * self.output
        )
        return whole / 1_000_000


class Prices:
    """The prices of all models that have a known one, by their full names."""

    def __init__(self, by_model: Mapping[str, Price]) -> None:
        self._by_model = by_model

    def cost(self, model: str, usage: "UsageMetadata") -> float | None:
        """What *usage* of *model* costs in US dollars, None where nobody knows."""
        price = self._by_model.get(f"{provider_of(model)}:{name_of(model)}")
        return price.of(usage) if price is not None else None


def read_prices(own: Path | None, *, openai_is_elsewhere: bool) -> Prices:
    """Our table under the operator's *own*. Raises ValueError, naming what is wrong in that file.

    Where another server stands in for OpenAI, what OpenAI asks for its models says nothing.
    """
    known = {
        model: price
        for model, price in _read(KNOWN).items()
        if not (openai_is_elsewhere and provider_of(model) == "openai")
    }
    return Prices({**known, **(_read(own) if own is not None else {})})


def _read(file: Path) -> dict[str, Price]:
    try:
        return TypeAdapter(dict[str, Price]).validate_python(tomllib.loads(file.read_text()))
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{file.name}: {place}: {first['msg']}") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from error
