from pathlib import Path

import pytest
from pydantic import ValidationError

from playground.settings import StoreSettings


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "redis_password"
    file.write_text("s3cret/@:\n")
    return file


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://redis:6379/0", "redis://:s3cret%2F%40%3A@redis:6379/0"),
        ("rediss://play@redis:6379/1", "rediss://play:s3cret%2F%40%3A@redis:6379/1"),
        ("redis://:known@redis:6379/0", "redis://:known@redis:6379/0"),
    ],
)
def test_the_password_of_the_file_becomes_part_of_the_url(
    password_file: Path, monkeypatch: pytest.MonkeyPatch, url: str, whole: str
):
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("PLAYGROUND_REDIS_PASSWORD_FILE", str(password_file))
    assert StoreSettings().redis_url == whole


def test_the_default_url_gets_the_password_too(
    password_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("REDIS_URL", raising=False)
    settings = StoreSettings(redis_password_file=password_file)
    assert settings.redis_url == "redis://:s3cret%2F%40%3A@127.0.0.1:6379/0"


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(ValidationError, match="absent: No such file"):
        StoreSettings(redis_password_file=tmp_path / "absent")
