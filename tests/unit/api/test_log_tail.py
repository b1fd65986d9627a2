from pathlib import Path

import pytest

from playground_api import log_tail
from playground_api.log_tail import last_lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "page.log"
    path.write_bytes(b"one\ntwo \xff\nthree\nunended")
    return path


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "unended\n"),
        (3, "two \ufffd\nthree\nunended\n"),
        (9, "one\ntwo \ufffd\nthree\nunended\n"),
    ],
)
def test_the_last_lines_are_given(log: Path, count: int, text: str):
    assert last_lines(log, count) == text


def test_of_a_long_file_only_the_end_is_read_and_its_cut_line_left_out(
    log: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(log_tail, "MAX_BYTES", 10)
    assert last_lines(log, 100) == "unended\n"


def test_a_file_that_cannot_be_read_gives_nothing(tmp_path: Path):
    assert last_lines(tmp_path, 5) == ""
