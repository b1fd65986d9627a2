import pytest

from playground_api.settings import ApiSettings


@pytest.mark.parametrize(
    ("model", "default"), [("", "embedded:smollm2-135m-instruct"), ("x:y", "x:y")]
)
def test_the_default_model_is_the_one_that_is_told(model: str, default: str):
    assert ApiSettings(chat_model_id=model).default_model == default


def test_the_api_knows_no_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(ApiSettings().model_dump())


def test_the_variables_of_the_contract_are_read(monkeypatch: pytest.MonkeyPatch):
    for name, value in (
        ("PLAYGROUND_PORT", "9"),
        ("CHAT_MODEL_ID", "a:b"),
        ("REDIS_URL", "redis://x"),
        ("PLAYGROUND_SCENARIOS_DIR", "s"),
    ):
        monkeypatch.setenv(name, value)
    settings = ApiSettings()
    assert (settings.port, settings.default_model) == (9, "a:b")
    assert (settings.redis_url, str(settings.scenarios_dir)) == ("redis://x", "s")
    assert settings.api_host == "127.0.0.1"


def test_every_setting_is_described():
    assert all(field.description for field in ApiSettings.model_fields.values())
