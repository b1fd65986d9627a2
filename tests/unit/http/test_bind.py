import pytest
from pydantic import ValidationError

from playground_cli.stack.settings import StackSettings
from playground_http.serving import refused_in_words
from playground_http.settings import DoorSettings


@pytest.mark.parametrize("kind", [DoorSettings, StackSettings])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost"])
def test_a_loopback_address_may_be_published(kind: type[DoorSettings], address: str):
    assert kind(bind=address).bind == address


@pytest.mark.parametrize("kind", [DoorSettings, StackSettings])
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.0.4", "localhost.evil.example", ""])
def test_any_other_is_refused(kind: type[DoorSettings], address: str):
    with pytest.raises(ValidationError, match="not a loopback address"):
        kind(bind=address)


def test_a_wrong_setting_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLAYGROUND_BIND", "0.0.0.0")
    with pytest.raises(SystemExit) as ended, refused_in_words():
        DoorSettings()
    said = str(ended.value.code)
    assert said.startswith("PLAYGROUND_BIND: '0.0.0.0' is not a loopback address.")
    assert "\n" not in said
