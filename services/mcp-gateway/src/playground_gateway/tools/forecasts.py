"""`predict`: how a series of numbers goes on."""

from typing import Annotated

from fastmcp.tools import Tool
from pydantic import Field

from playground_gateway.doors import Doors
from playground_gateway.refusal import Refusal
from playground_gateway.tools.making import READS, Shown, tool

_NO_SUCH_DOOR = "Not Found"


class Forecast(Shown):
    """The numbers to come, each with the interval in which it is expected."""

    predictions: list[float]
    confidence_intervals: list[tuple[float, float]]


def forecast_tools(doors: Doors) -> list[Tool]:
    """The tool."""

    async def predict(
        features: Annotated[
            list[float], Field(min_length=1, max_length=100_000, description="What was observed")
        ],
        model_id: Annotated[str, Field(max_length=100)] = "auto",
        prediction_horizon: Annotated[int, Field(ge=1, le=10_000)] = 30,
        include_context: Annotated[
            bool, Field(description="Tell in words what of the context was used")
        ] = False,
        context_id: Annotated[str | None, Field(max_length=128)] = None,
        level: Annotated[float | None, Field(gt=0, lt=1)] = None,
        season_length: Annotated[int | None, Field(ge=1)] = None,
    ) -> Forecast:
        """Forecast how a series of numbers goes on, with intervals."""
        given = {"context_id": context_id, "level": level, "season_length": season_length}
        body = {
            "features": features,
            "model_id": model_id,
            "prediction_horizon": prediction_horizon,
            "include_context": include_context,
            **{k: v for k, v in given.items() if v is not None},
        }
        try:
            return Forecast.model_validate(await doors.api("POST", "/v1/predict", json=body))
        except Refusal as error:
            if error.detail == _NO_SUCH_DOOR:
                raise Refusal("tool_failed", "This playground makes no forecasts.") from error
            raise

    return [tool(predict, title="Forecast a series", annotations=READS)]
