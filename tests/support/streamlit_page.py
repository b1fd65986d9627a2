"""A real Streamlit server that shows a session's page, as a process of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import playground_chat.page
from tests.support.streamlit_server import StreamlitServer, streamlit_server

SCRIPT = Path(playground_chat.page.__file__).with_name("app.py")


@contextmanager
def streamlit_page(
    folder: Path, *, chat_url: str, token: str, script: Path = SCRIPT
) -> Generator[StreamlitServer]:
    """A page of the backend at *chat_url*, ready to be opened, for the block."""
    settings = {"PLAYGROUND_CHAT_URL": chat_url, "PLAYGROUND_SLOT_TOKEN": token}
    with streamlit_server(script, folder, environment=settings) as page:
        yield page
