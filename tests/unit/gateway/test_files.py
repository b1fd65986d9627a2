import os
import socket
from pathlib import Path

import pytest

from playground.errors import Forbidden, InvalidRequest, PlaygroundError
from playground_gateway.files import MAX_ENTRIES, MAX_READ_BYTES, FilesFolder, NoFiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder to share, beside things that must never be seen."""
    (tmp_path / "root" / "notes").mkdir(parents=True)
    (tmp_path / "root" / "notes" / "today.md").write_text("Ünïcode\nline two\n")
    (tmp_path / "root" / "a.txt").write_text("a")
    (tmp_path / "root2").mkdir()
    (tmp_path / "root2" / "secret.txt").write_text("secret")
    return tmp_path / "root"


@pytest.fixture
def files(root: Path) -> FilesFolder:
    return FilesFolder(root)


def test_a_folder_is_listed_with_kinds_and_sizes(files: FilesFolder, root: Path):
    (root / "link").symlink_to(root / "a.txt")
    os.mkfifo(root / "pipe")
    entries, more = files.entries(".", None)
    shown = [(e.name, e.type, e.bytes) for e in entries]
    expected = [("a.txt", "file", 1), ("link", "link", None), ("notes", "folder", None)]
    assert shown == [*expected, ("pipe", "other", None)]
    assert not more


def test_a_name_that_is_no_text_is_shown_with_marks_and_cannot_be_read(
    files: FilesFolder, root: Path
):
    (root / "notes" / os.fsdecode(b"\xff.md")).touch()
    assert {e.name for e in files.entries("notes", None)[0]} == {"today.md", "\ufffd.md"}
    for name in ("\ufffd.md", "\udcff.md"):
        with pytest.raises(InvalidRequest):
            files.text(f"notes/{name}", 10)


def test_a_socket_is_not_opened(files: FilesFolder, root: Path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
        with pytest.raises(Forbidden):
            files.text("socket", 10)


def test_a_pattern_chooses_names(files: FilesFolder):
    assert [e.name for e in files.entries("./notes/", "*.md")[0]] == ["today.md"]
    assert files.entries("notes", "*.txt")[0] == []


def test_a_text_is_read_whole_or_cut_between_characters(files: FilesFolder):
    whole = files.text("notes/today.md", 1000)
    assert (whole.text, whole.truncated) == ("Ünïcode\nline two\n", False)
    cut = files.text("./notes//today.md", 1)
    assert (cut.text, cut.truncated, cut.size) == ("", True, whole.size)
    assert files.text("notes/today.md", 2).text == "Ü"


@pytest.mark.parametrize(
    "path",
    [
        "../root2/secret.txt",
        "notes/../../root2/secret.txt",
        "..",
        "/etc/passwd",
        "a.txt\0.md",
        "x" * 5000,
        "missing.txt",
        "a.txt/below",
        "n" * 300,
        "a.txt\ud800",
        "\udcff",
        "..\\root2\\secret.txt",
        "%2e%2e/root2/secret.txt",
        "file:///etc/passwd",
    ],
)
def test_paths_that_lead_elsewhere_or_nowhere_are_refused(files: FilesFolder, path: str):
    for refused in (lambda: files.text(path, 10), lambda: files.entries(path, None)):
        with pytest.raises(InvalidRequest) as error:
            refused()
        assert_no_host_path(error.value, files)


@pytest.mark.parametrize("target", ["/etc/passwd", "../root2", "a.txt", "notes", "nowhere"])
def test_links_are_never_followed(files: FilesFolder, root: Path, target: str):
    (root / "link").symlink_to(target)
    for path in ("link", "link/secret.txt", "link/today.md"):
        with pytest.raises((InvalidRequest, Forbidden)) as error:
            files.text(path, 10)
        assert_no_host_path(error.value, files)
    with pytest.raises((InvalidRequest, Forbidden)):
        files.entries("link", None)


def test_pipes_and_devices_are_not_opened(files: FilesFolder, root: Path):
    os.mkfifo(root / "pipe")
    with pytest.raises(Forbidden):
        files.text("pipe", 10)
    with pytest.raises(Forbidden):
        FilesFolder(Path("/dev")).text("zero", 10)


def test_a_folder_is_not_a_text_and_a_text_no_folder(files: FilesFolder):
    for path in ("notes", "."):
        with pytest.raises(InvalidRequest, match="folder"):
            files.text(path, 10)
    with pytest.raises(InvalidRequest, match="no folder"):
        files.entries("a.txt", None)


def test_what_is_not_text_is_refused(files: FilesFolder, root: Path):
    (root / "blob").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(InvalidRequest, match="not a text"):
        files.text("blob", 100)


def test_a_huge_file_is_cut(files: FilesFolder, root: Path):
    with (root / "huge").open("wb") as huge:
        huge.write(b"x" * (MAX_READ_BYTES + 10))
        huge.truncate(1 << 40)
    found = files.text("huge", 1 << 60)
    assert (len(found.text), found.truncated, found.size) == (MAX_READ_BYTES, True, 1 << 40)


def test_a_long_listing_is_cut(files: FilesFolder, root: Path):
    for number in range(MAX_ENTRIES + 1):
        (root / "notes" / f"{number:05}").touch()
    entries, more = files.entries("notes", None)
    assert (len(entries), more) == (MAX_ENTRIES, True)
    assert entries[0].name == "00000"


@pytest.mark.parametrize("root", [None, Path("/nowhere/at/all"), Path("/dev/null")])
def test_without_a_folder_there_are_no_files(root: Path | None):
    for path in (".", "a.txt"):
        with pytest.raises(NoFiles) as error:
            FilesFolder(root).text(path + "/x", 10)
        assert error.value.code == "tool_failed"


def assert_no_host_path(error: PlaygroundError, files: FilesFolder) -> None:
    told = f"{error.detail} {error.errors}"
    assert str(files.root) not in told
    assert "root2" not in told
    assert "secret" not in told
