"""Takes the message definitions of Streamlit's protocol out of its published wheels.

    .venv/bin/python tools/streamlit_protocol.py [VERSION ...]

downloads each wheel (without VERSIONs, those that vendor/versions.json names), reads the serialized
descriptors out of its generated modules without running them, and writes one compressed
FileDescriptorSet a version and the list of versions into the bridge's vendor/. A version whose
messages are those of the one before takes no file of its own.
"""

import ast
import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "services/mcp-gateway/src/playground_gateway/bridge/vendor"
PIP = ROOT / ".tools/bin/pip"
VERSIONS = VENDOR / "versions.json"
PROTO = "streamlit/proto/"
ROOTS = (f"{PROTO}ForwardMsg.proto", f"{PROTO}BackMsg.proto")


def main() -> None:
    """Write vendor/ anew for the versions named, and those that it has."""
    known: dict[str, str] = json.loads(VERSIONS.read_text()) if VERSIONS.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            version: extract(wheel(version, Path(folder)))
            for version in sorted({*known, *sys.argv[1:]}, key=number)
        }
    for old in VENDOR.glob("*.binpb.gz"):
        old.unlink()
    names: dict[str, str] = {}
    before: tuple[str, bytes] = ("", b"")
    for version, definitions in sets.items():
        if definitions != before[1]:
            before = (version, definitions)
            # Without a time in its header, the same set gives the same file.
            packed = gzip.compress(definitions, 9, mtime=0)
            (VENDOR / f"{version}.binpb.gz").write_bytes(packed)
        names[version] = before[0]
    VERSIONS.write_text(json.dumps(names, indent=1) + "\n")


def number(version: str) -> tuple[int, ...]:
    """A release as something to sort by."""
    return tuple(int(part) for part in version.split("."))


def wheel(version: str, folder: Path) -> Path:
    """The published wheel of that version."""
    command = [str(PIP), "download", "--quiet", "--no-deps", "--dest"]
    subprocess.run([*command, str(folder), f"streamlit=={version}"], check=True)
    return next(folder.glob(f"streamlit-{version}-*.whl"))


def extract(path: Path) -> bytes:
    """The definitions that the two messages of the protocol need, each after what it imports."""
    with zipfile.ZipFile(path) as archive:
        modules = [n for n in archive.namelist() if n.startswith(PROTO) and n.endswith("_pb2.py")]
        files = {f.name: f for name in modules for f in definitions_in(archive.read(name))}
    found: dict[str, FileDescriptorProto] = {}
    for root in ROOTS:
        collect(root, files, found)
    return FileDescriptorSet(file=found.values()).SerializeToString(deterministic=True)


def definitions_in(module: bytes) -> Iterator[FileDescriptorProto]:
    """What a generated module hands to `AddSerializedFile`."""
    for node in ast.walk(ast.parse(module)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="AddSerializedFile"), args=[ast.Constant(bytes() as raw)]
            ):
                yield FileDescriptorProto.FromString(raw)


def collect(
    name: str, files: dict[str, FileDescriptorProto], found: dict[str, FileDescriptorProto]
) -> None:
    """Add *name* to *found*, after everything that it imports."""
    if name in found or name not in files:
        return
    for dependency in files[name].dependency:
        collect(dependency, files, found)
    found[name] = files[name]


if __name__ == "__main__":
    main()
