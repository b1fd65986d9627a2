"""Start the chat backend: ``python -m playground_chat.backend.main``."""

from playground.settings import StoreSettings
from playground_chat.backend.app import create_app
from playground_chat.backend.settings import ChatSettings
from playground_http.logs import set_up_logging
from playground_http.serving import refused_in_words, serve
from playground_http.settings import DoorSettings


def main() -> None:
    """Serve until a signal comes."""
    with refused_in_words():
        settings, store, door = ChatSettings(), StoreSettings(), DoorSettings()
    set_up_logging(store.log_level)
    app = create_app(settings, store, door)
    serve(app, host=settings.chat_host, port=settings.chat_port, drain_s=store.drain_s)


if __name__ == "__main__":
    main()
