"""An MCP server with one tool, for answers that could use it: ``python -m ... --port N``."""

import argparse

import uvicorn
from fastmcp import FastMCP
from starlette.requests import Request
from starlette.responses import JSONResponse


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description="An MCP server with one tool")
    parser.add_argument("--port", type=int, required=True)
    server = FastMCP("one tool")

    @server.tool
    def add(a: int, b: int) -> int:
        """The sum of two numbers."""
        return a + b

    @server.custom_route("/health", methods=["GET"])
    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    app = server.http_app(path="/mcp")
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
