"""Settings of the worker, and of each launcher in a class of its own."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from playground.settings import StoreSettings
from playground_worker.launchers.ports import PortRange


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


class DockerSettings(BaseSettings):
    """The docker launcher: pages as containers of a Docker engine."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    docker_host: str = Field(
        default="unix:///var/run/docker.sock",
        description="Where the Docker engine listens that runs the session pages.",
    )
    docker_timeout_s: float = Field(
        default=10, gt=0, description="Seconds after which the engine's silence is an error."
    )
    docker_slow_timeout_s: float = Field(
        default=30, gt=0, description="The same, for making and starting a container."
    )
    owner: str = Field(
        default="playground",
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,40}$",
        description=(
            "The name of this stack on its Docker engine: in the labels and names of its "
            "containers and networks. Two stacks on one engine need two names."
        ),
    )
    page_image: str = Field(
        default="playground-page:latest", description="The image of session pages."
    )
    page_subnets: IPv4Network = Field(
        default=IPv4Network("10.231.0.0/16"),
        description=(
            "The addresses of the networks of session pages, /28 each; nothing else on the machine "
            "may use them."
        ),
    )
    page_pids: int = Field(
        default=256, ge=16, description="How many processes and threads a page may have."
    )
    page_tmp_mb: int = Field(
        default=64, ge=1, description="MiB that a page may write to /tmp; they count as its memory."
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

    @model_validator(mode="after")
    def _addresses_suffice(self) -> Self:
        """Each port has a subnet of its own."""
        if self.page_subnets.prefixlen > 28 or self.session_port_count > self._subnets:
            raise ValueError(
                f"PLAYGROUND_PAGE_SUBNETS {self.page_subnets} has room for {self._subnets} pages, "
                f"and PLAYGROUND_SESSION_PORT_COUNT is {self.session_port_count}"
            )
        return self

    @property
    def ports(self) -> PortRange:
        """The ports that pages may have."""
        return PortRange(self.session_port_start, self.session_port_count)

    @property
    def _subnets(self) -> int:
        return self.page_subnets.num_addresses // 16


class WorkerSettings(StoreSettings):
    """What the worker does, whatever launcher it has."""

    launcher: Literal["process", "docker"] = Field(
        default="process",
        description="Where session pages run: process, on the worker's machine; docker, each in a "
        "container of its own.",
    )
    chat_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The chat backend, as session pages, the dashboard and the MCP gateway reach "
        "it.",
    )
    page_host: str = Field(
        default="127.0.0.1", description="The host name in the addresses of session pages."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The one public address: apps are found below it, and pages of "
        "parked sessions link there.",
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
    pool_size: int = Field(
        default=2,
        ge=0,
        le=100,
        description="How many pages are kept waiting, ready for whoever asks next. 0: none.",
    )
    pool_refill_per_s: int = Field(
        default=4,
        ge=1,
        description="How many pages may be begun for the pool in one second, by all workers.",
    )
    pool_quiet_s: float = Field(
        default=0,
        ge=0,
        description="Seconds after a claim in which the pool is filled only if more than half of "
        "it is gone: making a container breaks off what browsers on the same machine load.",
    )
    parkable_after_s: float = Field(
        default=5,
        ge=0,
        description="Seconds without use after which a session may be parked when its place is "
        "needed.",
    )
    max_lifetime_s: float = Field(
        default=604_800,
        gt=0,
        description="Seconds after which a page is given back between two turns; its session is "
        "parked.",
    )
    edge: bool = Field(
        default=False,
        description="Whether pages are also served at /s/<slot>/ by an edge (Traefik) that reads "
        "its routes from Redis.",
    )
