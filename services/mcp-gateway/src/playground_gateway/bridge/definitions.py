"""The message definitions of Streamlit's protocol, for each of its releases.

They are not compatible across releases: a field keeps its number and changes its type. So a
server's first message says its version, and everything else is read with that version's set. The
sets come from Streamlit's published wheels (tools/streamlit_protocol.py, vendor/VENDOR.md).
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_VENDOR = files("playground_gateway.bridge") / "vendor"

Proto = Any
"""A message whose class was made at run time, from one release's definitions."""


@dataclass(frozen=True)
class Protocol:
    """One release's messages."""

    version: str
    forward_class: type[Message]
    back_class: type[Message]
    state_class: type[Message]
    """What a widget holds, as it stands in a message to a server."""

    def forward(self, data: bytes) -> Proto:
        """What a server sent. Raises google.protobuf.message.DecodeError."""
        return self.forward_class.FromString(data)

    def back(self) -> Proto:
        """An empty message to a server."""
        return self.back_class()


@cache
def versions() -> tuple[str, ...]:
    """The releases whose definitions ship with this package, oldest first."""
    listed: dict[str, str] = json.loads((_VENDOR / "versions.json").read_text())
    return tuple(sorted(listed, key=_number))


def newest() -> Protocol:
    """The definitions of the newest release that is known."""
    return _load(versions()[-1])


def for_version(version: str) -> Protocol:
    """The definitions of *version*; of the nearest older release where it has none of its own.

    A release newer than all is read as the newest one, a release older than all as the oldest.
    """
    wanted = _number(version)
    lines = [known for known in versions() if _number(known)[:2] <= wanted[:2]]
    return _load(lines[-1] if lines else versions()[0])


def _number(version: str) -> tuple[int, ...]:
    """1.53.0.dev20 sorts as 1.53.0 does; what is no version at all sorts as the newest."""
    digits = [part for part in version.split(".") if part.isdecimal()]
    return tuple(map(int, digits)) if len(digits) >= 2 else (9_999,)


@cache
def _load(version: str) -> Protocol:
    listed: dict[str, str] = json.loads((_VENDOR / "versions.json").read_text())
    packed = (_VENDOR / f"{listed[version]}.binpb.gz").read_bytes()
    # A pool of its own: two releases name different messages alike.
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(gzip.decompress(packed)).file:
        pool.AddSerializedFile(file.SerializeToString())
    return Protocol(
        version=version,
        forward_class=GetMessageClass(pool.FindMessageTypeByName("ForwardMsg")),
        back_class=GetMessageClass(pool.FindMessageTypeByName("BackMsg")),
        state_class=GetMessageClass(pool.FindMessageTypeByName("WidgetState")),
    )
