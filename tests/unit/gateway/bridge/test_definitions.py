from typing import Any

import pytest

from playground_gateway.bridge.definitions import for_version, newest, versions


@pytest.mark.parametrize("version", ["1.36.0", "1.40.2", "1.52.2", "1.57.0", "1.67.0"])
def test_a_message_survives_its_own_release(version: str):
    protocol = for_version(version)
    message: Any = protocol.forward_class()
    message.new_session.initialize.environment_info.streamlit_version = version
    read = protocol.forward(message.SerializeToString())
    assert protocol.version == version
    assert read.new_session.initialize.environment_info.streamlit_version == version


@pytest.mark.parametrize(
    ("version", "read_as"),
    [
        ("1.40.0", "1.40.2"),
        ("1.53.0.dev20", "1.53.1"),
        ("1.99.0", versions()[-1]),
        ("2.0.0", versions()[-1]),
        ("nightly", versions()[-1]),
        ("1.12.0", versions()[0]),
    ],
)
def test_a_release_without_definitions_of_its_own_is_read_with_the_nearest_ones(
    version: str, read_as: str
):
    assert for_version(version).version == read_as


def test_any_release_says_its_version_in_words_that_the_newest_definitions_read():
    for version in versions():
        message: Any = for_version(version).forward_class()
        message.new_session.initialize.environment_info.streamlit_version = version
        read = newest().forward(message.SerializeToString())
        assert read.new_session.initialize.environment_info.streamlit_version == version
