"""Serves the API and the dashboard: ``python -m playground_api.main``."""

from playground_api.app import create_app
from playground_api.settings import ApiSettings
from playground_http.logs import set_up_logging
from playground_http.serving import refused_in_words, serve
from playground_http.settings import DoorSettings


def main() -> None:
    """Serve until SIGTERM."""
    with refused_in_words():
        settings, door = ApiSettings(), DoorSettings()
    set_up_logging(settings.log_level)
    app = create_app(settings, door)
    serve(app, host=settings.api_host, port=settings.port, drain_s=settings.drain_s)


if __name__ == "__main__":
    main()
