"""The embedded stack's web process: API, chat backend and MCP gateway in one app at one address."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from playground_api.part import api_part
from playground_api.settings import ApiSettings
from playground_chat.backend.part import chat_part
from playground_chat.backend.settings import ChatSettings
from playground_gateway.part import gateway_part
from playground_gateway.settings import GatewaySettings
from playground_http.composition import compose
from playground_http.logs import set_up_logging
from playground_http.serving import serve
from playground_http.settings import DoorSettings


def create_app(
    api: ApiSettings, chat: ChatSettings, gateway: GatewaySettings, door: DoorSettings
) -> FastAPI:
    """One app of the services' parts. The gateway acts through the others, so it stops first."""
    registry = CollectorRegistry()
    parts = [
        api_part(api, registry),
        chat_part(chat, api, registry),
        gateway_part(gateway, api, registry),
    ]
    return compose(parts, door, registry, title="Chat Playground")


def main() -> None:
    """Serve until SIGTERM."""
    api, chat = ApiSettings(), ChatSettings()
    gateway = GatewaySettings(gateway_address=f"http://127.0.0.1:{api.port}")
    set_up_logging(api.log_level)
    app = create_app(api, chat, gateway, DoorSettings())
    serve(app, host="127.0.0.1", port=api.port, drain_s=api.drain_s)


if __name__ == "__main__":
    main()
