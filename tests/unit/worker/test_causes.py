"""Why a page ended, in words for whoever opened it."""

from pathlib import Path

import pytest

from playground_worker.launchers.process.causes import FIRST_WORDS, cause_of


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "it ended with code 3"),
        (-9, "it was ended by SIGKILL (the machine may be short of memory)"),
        (-11, "it was ended by SIGSEGV"),
    ],
)
def test_an_exit_is_put_into_words(code: int, words: str) -> None:
    assert cause_of({"exit": code}) == words


def test_the_last_line_of_the_log_is_told_without_the_paths_of_the_machine(tmp_path: Path) -> None:
    log = tmp_path / "slot-1.log"
    log.write_text("Traceback\nFileNotFoundError: no '/home/someone/secret/app.toml', sorry\n")
    cause = cause_of({"exit": 1, "log": str(log)})
    assert cause.endswith("its log ends with: FileNotFoundError: no 'app.toml', sorry")
    assert "someone" not in cause


def test_a_log_that_says_nothing_adds_nothing(tmp_path: Path) -> None:
    log = tmp_path / "slot-1.log"
    log.write_text(f"{FIRST_WORDS}slot-1 starts\n")
    assert cause_of({"log": str(log)}) == ""
    assert cause_of({"log": str(tmp_path / "gone.log")}) == ""
