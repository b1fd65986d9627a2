"""The folder of scenario files: read when it changes, a broken file reported by name and line."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from playground.errors import ScenarioNotFound
from playground.scenarios.model import Scenario

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 512 * 1024


@dataclass(frozen=True)
class Broken:
    """A scenario file that cannot be used: where, and what to mend."""

    file: str
    line: int | None
    message: str


class BrokenFile(Exception):
    """Raised while one file is read; `broken` is what the folder reports."""

    def __init__(self, broken: Broken) -> None:
        self.broken = broken
        super().__init__(broken.message)


class ScenarioFolder:
    """The scenarios of one folder. A file put in, changed or removed counts at the next look."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._seen: dict[Path, tuple[int, int]] = {}
        self._read: dict[Path, Scenario | Broken] = {}
        self._shown: dict[Path, Scenario | Broken] = {}

    def all(self) -> list[Scenario]:
        """Usable scenarios, by file name."""
        return [s for s in self._current().values() if isinstance(s, Scenario)]

    def broken(self) -> list[Broken]:
        """Files that cannot be used."""
        return [b for b in self._current().values() if isinstance(b, Broken)]

    def get(self, name: str) -> Scenario:
        """The scenario of that name. Raises ScenarioNotFound."""
        found = next((s for s in self.all() if s.name == name), None)
        if found is None:
            raise ScenarioNotFound(f"There is no scenario {name!r}.")
        return found

    def _current(self) -> Mapping[Path, Scenario | Broken]:
        stamps = dict(self._stamps())
        if stamps != self._seen:
            changed = [p for p in stamps if stamps[p] != self._seen.get(p)]
            kept = {p: s for p, s in self._read.items() if p in stamps and p not in changed}
            self._read = dict(sorted((kept | {p: _read_or_broken(p) for p in changed}).items()))
            self._shown = _twins_broken(self._read)
            self._seen = stamps
        return self._shown

    def _stamps(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in [*self.path.glob("*.yaml"), *self.path.glob("*.yml")]:
            try:
                stat = path.stat()
            except OSError:
                continue
            yield path, (stat.st_mtime_ns, stat.st_size)


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file *path*. Raises BrokenFile, with a line where one can be told."""
    node: yaml.Node | None = None
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BrokenFile(Broken(path.name, None, f"larger than {MAX_FILE_BYTES // 1024} KiB"))
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content: Any = yaml.safe_load(text)
        if not isinstance(content, dict):
            raise BrokenFile(Broken(path.name, 1, "a scenario is a mapping of fields"))
        return Scenario.model_validate(content)
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenFile(Broken(path.name, None, f"cannot be read: {_said(error)}")) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise BrokenFile(Broken(path.name, line, f"not YAML: {error.problem}")) from error
    except yaml.YAMLError as error:
        raise BrokenFile(Broken(path.name, None, f"not YAML: {error}")) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "scenario"
        message = f"{place}: {first['msg']}"
        raise BrokenFile(Broken(path.name, _line_of(node, first["loc"]), message)) from error


def _read_or_broken(path: Path) -> Scenario | Broken:
    try:
        return read_scenario(path)
    except BrokenFile as error:
        broken = error.broken
        log.warning("scenario file %s, line %s: %s", broken.file, broken.line, broken.message)
        return broken


def _twins_broken(read: Mapping[Path, Scenario | Broken]) -> dict[Path, Scenario | Broken]:
    """What was read, but of several scenarios of one name only the first file's is usable."""
    first: dict[str, str] = {}
    shown = dict(read)
    for path, scenario in read.items():
        if isinstance(scenario, Scenario):
            owner = first.setdefault(scenario.name, path.name)
            if owner != path.name:
                message = f"name {scenario.name!r} is taken by {owner}"
                shown[path] = Broken(path.name, None, message)
    return shown


def _said(error: Exception) -> str:
    """What is wrong with reading a file, without its path."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _line_of(node: yaml.Node | None, place: tuple[int | str, ...]) -> int | None:
    """The line of the deepest part of *place* that the file has."""
    line = node.start_mark.line + 1 if node is not None else None
    for part in place:
        below = _child(node, part)
        if below is None:
            break
        node, line = below
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line + 1
    return None
