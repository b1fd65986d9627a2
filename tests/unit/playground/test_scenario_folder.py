from pathlib import Path

import pytest

from playground.errors import ScenarioNotFound
from playground.scenarios.folder import MAX_FILE_BYTES, ScenarioFolder

GOOD = "name: {name}\ntitle: T\nsystem_prompt: Be kind.\n"


def put(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")


def test_files_are_listed_by_their_names_and_found_by_their_scenarios_name(tmp_path: Path):
    put(tmp_path, "b.yaml", GOOD.format(name="bee"))
    put(tmp_path, "a.yml", GOOD.format(name="zoe"))
    folder = ScenarioFolder(tmp_path)
    assert [s.name for s in folder.all()] == ["zoe", "bee"]
    assert folder.get("bee").title == "T"
    assert folder.broken() == []


def test_a_file_that_comes_changes_or_goes_counts_at_the_next_look(tmp_path: Path):
    folder = ScenarioFolder(tmp_path)
    assert folder.all() == []
    put(tmp_path, "a.yaml", GOOD.format(name="first"))
    assert [s.name for s in folder.all()] == ["first"]
    put(tmp_path, "a.yaml", GOOD.format(name="second"))
    assert [s.name for s in folder.all()] == ["second"]
    (tmp_path / "a.yaml").unlink()
    assert folder.all() == []


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path: Path):
    assert ScenarioFolder(tmp_path / "none").all() == []


def test_an_unknown_name_is_not_found(tmp_path: Path):
    with pytest.raises(ScenarioNotFound, match="nope"):
        ScenarioFolder(tmp_path).get("nope")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: a\ntitle: [\n", 3, "not YAML"),
        ("- a list\n", 1, "mapping"),
        ("", 1, "mapping"),
        (GOOD.format(name="a") + "temperature: 9\n", 4, "temperature"),
        (GOOD.format(name="a") + "tmperature: 1\n", 4, "tmperature"),
        ("name: a\ntitle: T\n", 1, "system_prompt"),
        (
            GOOD.format(name="a")
            + "inputs:\n  - key: x\n    label: X\n    type: text\n  - key: y\n    label: Y\n"
            "    type: slider\n",
            8,
            "slider needs min and max",
        ),
        ("x: " + "y" * MAX_FILE_BYTES, None, "larger than 512 KiB"),
    ],
)
def test_a_broken_file_is_reported_with_its_line_and_hides_nothing_else(
    tmp_path: Path, text: str, line: int | None, said: str
):
    put(tmp_path, "broken.yaml", text)
    put(tmp_path, "good.yaml", GOOD.format(name="good"))
    folder = ScenarioFolder(tmp_path)
    (broken,) = folder.broken()
    assert (broken.file, broken.line) == ("broken.yaml", line)
    assert said in broken.message
    assert str(tmp_path) not in broken.message
    assert [s.name for s in folder.all()] == ["good"]


def test_a_file_that_is_not_text_is_broken(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00name")
    (broken,) = ScenarioFolder(tmp_path).broken()
    assert "UnicodeDecodeError" in broken.message


def test_the_second_file_of_a_name_is_broken(tmp_path: Path):
    put(tmp_path, "a.yaml", GOOD.format(name="twin"))
    put(tmp_path, "b.yaml", GOOD.format(name="twin"))
    folder = ScenarioFolder(tmp_path)
    assert len(folder.all()) == 1
    (broken,) = folder.broken()
    assert (broken.file, "a.yaml" in broken.message) == ("b.yaml", True)


def test_a_twin_is_usable_again_once_the_first_is_gone(tmp_path: Path):
    put(tmp_path, "a.yaml", GOOD.format(name="twin"))
    put(tmp_path, "b.yaml", GOOD.format(name="twin"))
    folder = ScenarioFolder(tmp_path)
    assert len(folder.broken()) == 1
    (tmp_path / "a.yaml").unlink()
    assert (len(folder.all()), folder.broken()) == (1, [])
