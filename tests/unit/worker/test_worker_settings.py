"""What the worker takes from its environment, and what it hands on of it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from playground_worker.settings import ProcessSettings, WorkerSettings
from playground_worker.wiring import page_environment


def test_the_defaults_are_those_of_the_contract() -> None:
    process = ProcessSettings()
    assert next(iter(process.ports)) == 8501
    assert process.pages_folder == (Path.cwd() / ".playground" / "pages").resolve()
    assert WorkerSettings().stop_sessions_on_exit


def test_ports_end_where_ports_end() -> None:
    ports = ProcessSettings(session_port_start=65_530, session_port_count=200).ports
    assert max(ports) == 65_535
    assert "65530 to 65535" in ports.exhausted().detail


def test_the_preferred_port_is_tried_first_and_once() -> None:
    ports = ProcessSettings(session_port_start=8501, session_port_count=3).ports
    assert list(ports.candidates(8502)) == [8502, 8501, 8503]


def test_a_launcher_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_LAUNCHER", "teleport")
    with pytest.raises(ValidationError):
        WorkerSettings()


def test_pages_inherit_what_is_named_and_nothing_else() -> None:
    environment = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "OPENAI_API_KEY": "sk",
        "REDIS_URL": "redis://:pw@x",
        "PLAYGROUND_EMBEDDED_KEY": "key",
    }
    assert page_environment(environment) == {"PATH": "/bin", "LC_ALL": "C"}
