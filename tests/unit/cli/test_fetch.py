"""Fetching weights from a local HTTP server that resumes, breaks off, or sends the wrong thing."""

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from playground_cli.embedded.fetch import CATALOGUE, Fetchable, FetchFailed, fetch
from playground_cli.embedded.weights import NoWeights, choose, find_weights, forget_choice
from playground_cli.main import app

CONTENT = bytes(range(256)) * 4096 * 3
MODEL = Fetchable(
    name="tiny",
    repository="nobody/tiny",
    revision="0" * 40,
    file="tiny.gguf",
    bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="Apache-2.0",
)


class Mirror(BaseHTTPRequestHandler):
    """Serves CONTENT with ranges; `breaks_after` ends the connection once, after so many bytes."""

    content: ClassVar[bytes] = CONTENT
    breaks_after: ClassVar[int | None] = None
    ranges: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        Mirror.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(Mirror.content) - start))
        self.end_headers()
        end = len(Mirror.content)
        if Mirror.breaks_after is not None:
            end, Mirror.breaks_after = start + Mirror.breaks_after, None
        self.wfile.write(Mirror.content[start:end])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    Mirror.content, Mirror.breaks_after, Mirror.ranges = CONTENT, None, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tiny.gguf"
        server.shutdown()
        thread.join()


def test_a_fetch_brings_the_whole_file_and_tells_its_progress(mirror: str, tmp_path: Path) -> None:
    heard: list[int] = []
    gguf = fetch(MODEL, tmp_path, url=mirror, progress=heard.append)
    assert gguf.read_bytes() == CONTENT
    assert heard[0] == 0
    assert heard[-1] == len(CONTENT)
    assert heard == sorted(heard)


def test_a_fetch_that_broke_off_goes_on_where_it_ended(mirror: str, tmp_path: Path) -> None:
    Mirror.breaks_after = 1_000_000
    with pytest.raises(FetchFailed, match="again"):
        fetch(MODEL, tmp_path, url=mirror)
    have = (tmp_path / "tiny.part").stat().st_size
    assert 0 < have <= 1_000_000
    assert fetch(MODEL, tmp_path, url=mirror).read_bytes() == CONTENT
    assert Mirror.ranges == [None, f"bytes={have}-"]


def test_what_is_there_and_right_is_not_fetched_again(mirror: str, tmp_path: Path) -> None:
    fetch(MODEL, tmp_path, url=mirror)
    fetch(MODEL, tmp_path, url=mirror)
    assert len(Mirror.ranges) == 1


def test_a_file_with_another_content_is_thrown_away(mirror: str, tmp_path: Path) -> None:
    Mirror.content = CONTENT[:-1] + b"!"
    with pytest.raises(FetchFailed, match="SHA-256"):
        fetch(MODEL, tmp_path, url=mirror)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_too_much_is_not_followed(mirror: str, tmp_path: Path) -> None:
    Mirror.content = CONTENT * 2
    with pytest.raises(FetchFailed, match="more than"):
        fetch(MODEL, tmp_path, url=mirror)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "nonsense", "ftp://127.0.0.1/x"])
def test_an_address_that_does_not_answer_is_said_in_words(url: str, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed):
        fetch(MODEL, tmp_path, url=url)


def test_a_chosen_model_is_run_until_the_shipped_one_is_chosen_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    choose(tmp_path, "tiny")
    assert find_weights(tmp_path, None).model_id == "embedded:tiny"
    forget_choice(tmp_path)
    assert find_weights(tmp_path, None).model_id == "embedded:smollm2-135m-instruct"


def test_a_chosen_model_whose_file_is_gone_is_said(tmp_path: Path) -> None:
    choose(tmp_path, "tiny")
    with pytest.raises(NoWeights, match="playground model use tiny"):
        find_weights(tmp_path, None)


def test_a_named_file_comes_before_any_choice(tmp_path: Path) -> None:
    named = tmp_path / "Other-Model.gguf"
    with pytest.raises(NoWeights, match="does not exist"):
        find_weights(tmp_path, named)
    named.write_bytes(b"GGUF")
    choose(tmp_path, "tiny")
    assert find_weights(tmp_path, named).model_id == "embedded:other-model"


def test_the_list_of_models_names_pinned_ones() -> None:
    printed = CliRunner().invoke(app, ["model", "list", "--json"])
    listed = json.loads(printed.stdout)
    assert all(len(model["sha256"]) == 64 for model in listed["fetchable"])
    assert "qwen2.5-0.5b-instruct" in {model["name"] for model in listed["fetchable"]}


def test_a_fetched_model_is_used_through_the_command_line(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(CATALOGUE, "tiny", MODEL)
    done = CliRunner().invoke(app, ["model", "use", "tiny", "--url", mirror])
    assert done.exit_code == 0, done.output
    assert find_weights(tmp_path / "models", None).model_id == "embedded:tiny"
    back = CliRunner().invoke(app, ["model", "use", "smollm2-135m-instruct"])
    assert back.exit_code == 0, back.output
    assert find_weights(tmp_path / "models", None).model_id == "embedded:smollm2-135m-instruct"
