"""Serves the MCP gateway: ``python -m playground_gateway.main``."""

from playground.settings import StoreSettings
from playground_gateway.app import create_app
from playground_gateway.settings import GatewaySettings
from playground_http.logs import set_up_logging
from playground_http.serving import refused_in_words, serve
from playground_http.settings import DoorSettings


def main() -> None:
    """Serve until SIGTERM."""
    with refused_in_words():
        settings, store, door = GatewaySettings(), StoreSettings(), DoorSettings()
    set_up_logging(store.log_level)
    app = create_app(settings, store, door)
    serve(app, host=settings.gateway_host, port=settings.gateway_port, drain_s=store.drain_s)


if __name__ == "__main__":
    main()
