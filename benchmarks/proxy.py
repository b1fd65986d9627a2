"""FastMCP's own proxy in front of an MCP server: ``python -m ... --port N --server URL``."""

import argparse

import uvicorn
from fastmcp import Client
from fastmcp.server import create_proxy
from starlette.requests import Request
from starlette.responses import JSONResponse


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description="FastMCP's proxy")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", required=True)
    options = parser.parse_args()
    proxy = create_proxy(Client(options.server))

    @proxy.custom_route("/health", methods=["GET"])
    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    app = proxy.http_app(path="/mcp")
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
