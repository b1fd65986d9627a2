from typing import Any

from playground_gateway.bridge.definitions import newest
from playground_gateway.bridge.tree import MAIN, Run, Tree


def text(tree: Tree, run: Run, path: list[int], body: str, fragment: str = "") -> None:
    message = delta(path, fragment)
    message.delta.new_element.text.body = body
    tree.apply(message, run)


def container(tree: Tree, run: Run, path: list[int], fragment: str = "") -> None:
    message = delta(path, fragment)
    message.delta.add_block.vertical.border = True
    tree.apply(message, run)


def delta(path: list[int], fragment: str) -> Any:
    message: Any = newest().forward_class()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    return message


def bodies(tree: Tree) -> list[str]:
    return [node.body.body for node in tree.walk(MAIN) if node.kind == "text"]


def test_what_a_run_did_not_send_again_is_dropped_when_it_has_ended():
    tree, first, second = Tree(), Run("1"), Run("2")
    text(tree, first, [0, 0], "stays")
    text(tree, first, [0, 1], "goes")
    text(tree, second, [0, 0], "stays")
    assert bodies(tree) == ["stays", "goes"]
    tree.prune(second)
    assert bodies(tree) == ["stays"]


def test_a_container_sent_again_keeps_what_is_in_it_until_the_run_has_ended():
    tree, first, second = Tree(), Run("1"), Run("2")
    container(tree, first, [0, 0])
    text(tree, first, [0, 0, 0], "inside")
    container(tree, second, [0, 0])
    assert bodies(tree) == ["inside"]
    tree.prune(second)
    assert bodies(tree) == []


def test_a_run_of_a_fragment_drops_only_what_was_the_fragments():
    tree, whole, part = Tree(), Run("1"), Run("2", ("f",))
    text(tree, whole, [0, 0], "outside")
    container(tree, whole, [0, 1], "f")
    text(tree, whole, [0, 1, 0], "old", "f")
    text(tree, whole, [0, 1, 1], "gone", "f")
    container(tree, part, [0, 1], "f")
    text(tree, part, [0, 1, 0], "new", "f")
    tree.prune(part)
    assert bodies(tree) == ["outside", "new"]


def test_an_element_below_a_container_that_is_not_there_is_left_out():
    tree, run = Tree(), Run("1")
    text(tree, run, [0, 3, 0], "nowhere")
    assert bodies(tree) == []


def test_the_same_element_sent_again_is_no_change():
    tree = Tree()
    text(tree, Run("1"), [0, 0], "same")
    before = tree.rev
    text(tree, Run("2"), [0, 0], "same")
    assert tree.rev == before
