"""Settings of the worker, and of each launcher in a class of its own."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from playground.settings import StoreSettings
from playground_worker.launchers.process.ports import PortRange


class ProcessSettings(BaseSettings):
    """The process launcher: pages as processes of the worker's machine."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".playground"),
        description="The folder of everything that the stack keeps: Redis' data, logs, page files.",
    )
    session_port_start: int = Field(
        default=8501, ge=1, le=65_535, description="The first port that session pages may have."
    )
    session_port_count: int = Field(
        default=200,
        ge=1,
        le=20_000,
        description="How many ports, from the first one upward, session pages may have.",
    )
    page_script: Path = Field(
        default=Path("services/chat/src/playground_chat/page/app.py"),
        description="The Streamlit script that every chat session's page runs.",
    )
    page_preload: str = Field(
        default="",
        description="Modules, comma-separated, that the fork server imports before its first fork.",
    )
    fork_server: Literal["auto", "off"] = Field(
        default="auto",
        description=(
            "auto: pages are forked from a process that has Streamlit imported, where that works. "
            "off: each page is started by streamlit run."
        ),
    )

    @property
    def pages_folder(self) -> Path:
        """Where the pages' logs and files are."""
        return self.data_dir.resolve() / "pages"

    @property
    def ports(self) -> PortRange:
        """The ports that pages may have."""
        return PortRange(self.session_port_start, self.session_port_count)

    @property
    def preload(self) -> list[str]:
        """The modules to import before a fork."""
        return [name.strip() for name in self.page_preload.split(",") if name.strip()]


class WorkerSettings(StoreSettings):
    """What the worker does, whatever launcher it has."""

    launcher: Literal["process"] = Field(
        default="process", description="Where session pages run: process, on the worker's machine."
    )
    chat_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The chat backend, as session pages reach it.",
    )
    page_host: str = Field(
        default="127.0.0.1", description="The host name in the addresses of session pages."
    )
    launch_timeout_s: float = Field(
        default=30, gt=0, description="Seconds within which a page has to be ready."
    )
    workers: int = Field(
        default=2,
        ge=1,
        le=32,
        description="How many launches and stops the worker works on at the same time.",
    )
    janitor_every_s: float = Field(
        default=2, gt=0, description="Seconds between two looks of the janitor."
    )
    stop_sessions_on_exit: bool = Field(
        default=True,
        description="Whether the worker ends the sessions whose pages it runs when it is stopped.",
    )
