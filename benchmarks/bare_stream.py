"""What a stream costs without the playground: FastAPI, LangChain and sse-starlette, and no more.

No log, no memory, no resume, no cancel, no limits. ``python -m benchmarks.bare_stream --port N
--model-url URL``.
"""

import argparse
from collections.abc import AsyncGenerator

import uvicorn
from fastapi import FastAPI
from langchain.chat_models import init_chat_model
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent


class Asked(BaseModel):
    """A question."""

    session_id: str
    input: str


def create_app(model_url: str) -> FastAPI:
    """One endpoint that streams a model's words."""
    app = FastAPI()
    model = init_chat_model(
        "scripted", model_provider="openai", base_url=model_url, api_key="none", max_retries=0
    )

    async def told(asked: Asked) -> AsyncGenerator[ServerSentEvent]:
        messages = [SystemMessage("You are a helpful assistant."), HumanMessage(asked.input)]
        async for chunk in model.astream(messages):
            if chunk.text:
                yield ServerSentEvent(chunk.text, event="token", sep="\n")
        yield ServerSentEvent(asked.session_id, event="done", sep="\n")

    @app.post("/v1/chat/stream")
    async def stream(asked: Asked) -> EventSourceResponse:
        return EventSourceResponse(told(asked), ping=15, sep="\n")

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description="A stream without a playground around it")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True)
    options = parser.parse_args()
    app = create_app(options.model_url)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
