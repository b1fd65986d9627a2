"""What a page's container is made of, and what its labels say of it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from playground.sessions.model import Handle
from playground_worker.launchers.ports import LOOPBACK
from playground_worker.launchers.protocol import Allowance, AppImage, AppScript, UnitSpec

Json = Mapping[str, Any]

OWNER = "playground.owner"
SLOT = "playground.slot"
SESSION = "playground.session"
CONFIG = "playground.config"
PORT = "playground.port"
HOST = "playground.host"
APP_PORT = "playground.app-port"

PAGE_PORT = 8501
"""Where every page listens inside its container, but for the apps of other images."""
APP_FOLDER = "/scenario"
"""Where an app's own folder is, in the container of its page."""
_CPU_PERIOD_US = 100_000
_CONFIG_DIGITS = 12
_FOR_STREAMLIT = (
    "STREAMLIT_SERVER_HEADLESS=true",
    "STREAMLIT_SERVER_ADDRESS=0.0.0.0",
    "STREAMLIT_SERVER_FILE_WATCHER_TYPE=none",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS=false",
)
"""What an app's own image is told, in case it leaves this to Streamlit."""
_ALIVE = ("running", "paused", "restarting")

_CONFINEMENT: Json = {
    "ReadonlyRootfs": True,
    "CapDrop": ["ALL"],
    "SecurityOpt": ["no-new-privileges"],
    "Privileged": False,
    "Init": True,
    "AutoRemove": False,
    "RestartPolicy": {"Name": "no"},
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "2m", "max-file": "1"}},
}


def options(*, pids: int, tmp_mb: int) -> Json:
    """What all pages of these settings have in common."""
    tmpfs = f"rw,nosuid,nodev,noexec,size={tmp_mb}m,mode=1777"
    return {**_CONFINEMENT, "PidsLimit": pids, "Tmpfs": {"/tmp": tmpfs}}


def config_hash(image_id: str, common: Json) -> str:
    """What a page is made of, in a few letters: another image or other options give another."""
    made_of = json.dumps([image_id, common], sort_keys=True)
    return hashlib.sha256(made_of.encode()).hexdigest()[:_CONFIG_DIGITS]


def limits(allowance: Allowance) -> Json:
    """Memory without swap, and cpus.

    As a quota, not NanoCpus: a quota may be more than the machine has, and can be changed later by
    any client.
    """
    memory = allowance.memory_mb * 1024 * 1024
    quota = round(allowance.cpus * _CPU_PERIOD_US)
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "CpuPeriod": _CPU_PERIOD_US,
        "CpuQuota": quota,
    }


def description(
    spec: UnitSpec, *, image: str, common: Json, labels: Json, network: str
) -> dict[str, Any]:
    """The container of *spec* as the engine's API takes it, alone in *network*."""
    port = f"{labels.get(APP_PORT, PAGE_PORT)}/tcp"
    published = {"HostIp": LOOPBACK, "HostPort": labels[PORT]}
    return {
        "Image": image,
        **_program(spec),
        "Labels": dict(labels),
        "StopSignal": "SIGTERM",
        # A process per look and page costs more than it tells: the worker looks by itself.
        "Healthcheck": {"Test": ["NONE"]},
        "ExposedPorts": {port: {}},
        "HostConfig": {
            **common,
            **limits(spec.allowance),
            "NetworkMode": network,
            "PortBindings": {port: [published]},
        },
        "NetworkingConfig": {
            "EndpointsConfig": {network: {"IPAMConfig": {"IPv4Address": labels[HOST]}}}
        },
    }


def _program(spec: UnitSpec) -> dict[str, Any]:
    """What the container runs, and what it is told.

    A script lies in a volume of its container's own: a copy, which goes with the container.
    """
    if isinstance(spec.app, AppScript):
        script = f"{APP_FOLDER}/{spec.app.path.name}"
        return {"Env": [], "Cmd": [script], "Volumes": {APP_FOLDER: {}}}
    if isinstance(spec.app, AppImage):
        port = f"STREAMLIT_SERVER_PORT={spec.app.port}"
        return {"Env": [port, *_FOR_STREAMLIT]}
    return {
        "Env": [
            f"PLAYGROUND_CHAT_URL={spec.chat_url}",
            f"PLAYGROUND_SLOT_TOKEN={spec.token}",
        ]
    }


def handle_of(labels: Json, container: str, launcher: str) -> Handle:
    """The handle of a page's container: all of it but the id stands in the labels."""
    data = {
        "container": container,
        "host": labels[HOST],
        "port": int(labels.get(APP_PORT, PAGE_PORT)),
        "published": int(labels[PORT]),
        "config": labels[CONFIG],
    }
    return Handle(launcher=launcher, slot=labels[SLOT], data=data)


def is_alive(listed: Json) -> bool:
    """Whether a container of the engine's list runs."""
    return listed["State"] in _ALIVE


def holds_its_port(listed: Json) -> bool:
    """Whether it has its port, or is about to take it."""
    return is_alive(listed) or listed["State"] == "created"
