import pytest

from playground_chat.page.settings import PageSettings, SettingMissing


def test_both_settings_are_read() -> None:
    given = {"PLAYGROUND_CHAT_URL": "http://127.0.0.1:8080/", "PLAYGROUND_SLOT_TOKEN": "slot.x"}
    assert PageSettings.read(given) == PageSettings("http://127.0.0.1:8080", "slot.x")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SettingMissing, match="PLAYGROUND_SLOT_TOKEN"):
        PageSettings.read({"PLAYGROUND_CHAT_URL": "http://127.0.0.1:1"})


def test_the_token_is_not_in_the_settings_text() -> None:
    assert "secret" not in repr(PageSettings("http://127.0.0.1:1", "secret"))
