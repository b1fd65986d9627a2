"""The whole stack with a scripted model behind it, shared by all tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.support.parts import require
from tests.support.scripted_model import ScriptedModel, running_model
from tests.support.stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def model() -> Iterator[ScriptedModel]:
    with running_model() as scripted:
        yield scripted


@pytest.fixture(scope="session")
def stack(model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for the run; what a test launches it stops."""
    require("redis")
    require("streamlit")
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder, scripted(model)) as running:
        yield running


def scripted(model: ScriptedModel) -> dict[str, str]:
    """The environment in which a stack asks *model* and starts no embedded one."""
    return {
        "PLAYGROUND_EMBEDDED_MODEL": "false",
        "CHAT_MODEL_ID": "openai:scripted",
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "scripted-key",
    }
