"""`GET /v1/models/status`: why a model of any provider cannot be used, in words."""

import json
from pathlib import Path

import httpx
import pytest

from tests.support.chat_backend import free_port, running_backend
from tests.support.scripted_model import ScriptedModel, running_model
from tests.support.waiting import wait_until

MODELS = {
    "openai:scripted": (True, None),
    "anthropic:claude-sonnet-5": (False, "need a package that is not installed"),
    "ollama:llama3.2": (False, "need a package that is not installed"),
    "nonsense:model": (False, "cannot be used"),
    "embedded:smollm2-135m-instruct": (False, "does not run here"),
}


def write(folder: Path, models: list[str]) -> None:
    for number, model in enumerate(models):
        scenario = {"name": f"s{number}", "title": "S", "system_prompt": "Hi", "model": model}
        (folder / f"s{number}.yaml").write_text(json.dumps(scenario))


async def states(url: str) -> dict[str, tuple[bool, str | None]]:
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        items = (await client.get("/v1/models/status")).json()["items"]
    return {item["model"]: (item["usable"], item.get("reason")) for item in items}


async def known(url: str) -> dict[str, tuple[bool, str | None]]:
    """The same once all of them have been asked."""

    told: dict[str, tuple[bool, str | None]] = {}

    async def asked() -> bool:
        told.update(await states(url))
        return not any("not answered yet" in (reason or "") for _, reason in told.values())

    await wait_until(asked, "every model has been asked", timeout_s=30)
    return told


async def test_each_model_that_somebody_may_mean_is_told_with_its_reason(
    redis_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    write(tmp_path, list(MODELS))
    with running_backend(redis_url, model.url, tmp_path) as url:
        told = await known(url)
    assert set(told) == set(MODELS)
    for name, (usable, reason) in MODELS.items():
        assert told[name][0] is usable, told[name]
        assert reason is None or reason in (told[name][1] or ""), told[name]


async def test_a_server_that_is_away_or_refuses_the_key_is_told(
    redis_url: str, tmp_path: Path
) -> None:
    away = f"http://127.0.0.1:{free_port()}/v1"
    with running_backend(redis_url, away, tmp_path) as url:
        assert "cannot be reached" in ((await known(url))["openai:scripted"][1] or "")
    with (
        running_model(key="right") as model,
        running_backend(redis_url, model.url, tmp_path, openai_api_key="wrong") as url,
    ):
        told = (await known(url))["openai:scripted"]
        assert "refused the key. Check OPENAI_API_KEY." in (told[1] or "")
        assert "wrong" not in (told[1] or "")


async def test_without_a_key_it_is_said_which_variable_wants_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with running_backend(redis_url, "", tmp_path) as url:
        assert "set OPENAI_API_KEY" in ((await known(url))["openai:scripted"][1] or "")
