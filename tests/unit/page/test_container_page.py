"""The page as its container starts it."""

import subprocess
import sys

import pytest

from playground_chat.page import lean, main
from playground_worker.launchers.process.options import as_flags

pytestmark = pytest.mark.needs("streamlit")

DIFFERENT = {"server.address", "server.allowedHosts"}


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_streamlit_has_the_same_options_as_a_page_without_a_container():
    ours, theirs = main.options(), as_flags(main.PORT)
    assert {k: v for k, v in ours.items() if k not in DIFFERENT} == {
        k: v for k, v in theirs.items() if k not in DIFFERENT
    }


def test_only_loopback_names_and_its_own_addresses_open_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("socket.getaddrinfo", addresses_of_a_container)
    assert main.options()["server.allowedHosts"] == ["127.0.0.1", "localhost", "10.231.0.3"]


def addresses_of_a_container(*_: object) -> list[tuple[object, ...]]:
    return [(2, kind, 0, "", ("10.231.0.3", 0)) for kind in (1, 2, 3)]


def test_every_emoji_of_streamlit_looks_like_one():
    from streamlit.emojis import ALL_EMOJIS

    assert [emoji for emoji in ALL_EMOJIS if emoji not in lean.ShortSigns()] == []
    for other in ("", "a", "é", "x.png", "https://x.example/i.png", "ä" * 3, "日本"):
        assert other not in lean.ShortSigns()


def test_the_catalogue_of_emojis_is_loaded_for_nothing_but_a_title_that_begins_with_one():
    script = (
        "import sys\n"
        "from playground_chat.page.lean import make_lean\n"
        "make_lean()\n"
        "from streamlit.string_util import is_emoji, extract_leading_emoji\n"
        "print(is_emoji('🛠️'), is_emoji('é'), len(sys.modules['streamlit.emojis'].__dict__) < 20)\n"
        "print(extract_leading_emoji('🚨 Alarm'))\n"
        "print(len(sys.modules['streamlit.emojis'].ALL_EMOJIS) > 1000)\n"
    )
    assert run(script).splitlines() == ["True False True", "('🚨', 'Alarm')", "True"]


def test_neither_pandas_nor_pyarrow_is_imported_by_a_start():
    heavy = "{'pandas', 'pyarrow', 'numpy', 'altair', 'playground', 'redis'}"
    script = f"import sys, playground_chat.page.main\nprint(sorted({heavy} & set(sys.modules)))"
    assert run(script) == "[]"


def test_a_streamlit_that_is_built_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr("streamlit.web.bootstrap._set_up_signal_handler")
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
    monkeypatch.setattr("streamlit.web.bootstrap._install_config_watchers", lambda _: None)
    with pytest.raises(lean.UnknownStreamlit, match="_set_up_signal_handler"):
        lean.make_lean()
