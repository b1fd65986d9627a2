"""What a Streamlit page shows: its elements and containers, as a browser would keep them.

A server sends each element with its place (the delta path) and never says that one is gone: when a
run has ended, whatever it did not send again is dropped. `Tree.apply` takes one delta,
`Tree.prune` does the dropping, `Tree.walk` goes through what is left in the order of the screen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from playground_gateway.bridge.definitions import Proto

Path = tuple[int, ...]

MAIN, SIDEBAR, EVENT, BOTTOM = range(4)
"""The four containers that every page has, by the first number of a delta path."""


@dataclass(frozen=True)
class Run:
    """One run of the script: of all of it, or of some fragments alone."""

    id: str
    fragments: tuple[str, ...] = ()


@dataclass
class Node:
    """One place on the page: an element, or a container with what is in it."""

    path: Path
    message: Proto
    """The ForwardMsg that put it there."""
    content: Proto
    """The Element or the Block itself."""
    run_id: str
    fragment_id: str
    script_hash: str
    rev: int
    """When what it shows changed last."""
    children: dict[int, "Node"] = field(default_factory=dict[int, "Node"])
    rows: list[Proto] = field(default_factory=list[Proto])
    """ForwardMsgs that added rows to the element since (Streamlit before 1.58)."""
    passing_by: Proto | None = None
    """The ForwardMsg of elements that stand here for the moment only, such as a spinner."""

    @property
    def passing(self) -> tuple[Proto, ...]:
        """Those elements."""
        return tuple(self.passing_by.delta.new_transient.elements) if self.passing_by else ()

    @property
    def is_block(self) -> bool:
        """Whether it is a container."""
        return self.content.DESCRIPTOR.name == "Block"

    @property
    def kind(self) -> str:
        """The name of what it holds, as in the protocol: `markdown`, `slider`, `expandable`."""
        return self.content.WhichOneof("type") or ("container" if self.is_block else "empty")

    @property
    def body(self) -> Proto:
        """The message of that kind."""
        kind = self.content.WhichOneof("type")
        return getattr(self.content, kind) if kind else self.content


class Tree:
    """The elements of one page."""

    def __init__(self) -> None:
        self.roots: dict[int, dict[int, Node]] = {}
        self.rev = 0
        """Counts the changes of what is shown."""

    def apply(self, message: Proto, run: Run) -> Node | None:
        """Take one delta; the node it changed, or None where it fits nowhere."""
        path: Path = tuple(message.metadata.delta_path)
        siblings = self._siblings(path)
        if siblings is None:
            return None
        delta = message.delta
        match delta.WhichOneof("type"):
            case "new_element":
                return self._place(siblings, path, message, delta.new_element, run)
            case "add_block":
                return self._place(siblings, path, message, delta.add_block, run)
            case "new_transient":
                return self._pass_by(siblings, path, message, run)
            case "arrow_add_rows":
                return self._add_rows(siblings.get(path[-1]), message, run)
            case _:
                return None

    def prune(self, run: Run) -> None:
        """Drop what *run*, which has ended, did not send again."""
        for siblings in self.roots.values():
            self._prune(siblings, run, inside=False)

    def leave_page(self, main_script_hash: str) -> None:
        """Drop what another page of the app had put there; what the main script put stays."""
        for root, siblings in self.roots.items():
            kept = {i: n for i, n in siblings.items() if n.script_hash == main_script_hash}
            if len(kept) != len(siblings):
                self.roots[root] = kept
                self.rev += 1

    def walk(self, root: int) -> Iterator[Node]:
        """Everything below *root*, containers before what they hold."""
        yield from _walk(self.roots.get(root, {}))

    def find(self, path: Path) -> Node | None:
        """The node at *path*."""
        siblings = self._siblings(path)
        return siblings.get(path[-1]) if siblings is not None and len(path) > 1 else None

    def __iter__(self) -> Iterator[Node]:
        for root in sorted(self.roots):
            yield from self.walk(root)

    def _siblings(self, path: Path) -> dict[int, Node] | None:
        if len(path) < 2:
            return None
        siblings = self.roots.setdefault(path[0], {})
        for index in path[1:-1]:
            parent = siblings.get(index)
            if parent is None or not parent.is_block:
                return None
            siblings = parent.children
        return siblings

    def _place(
        self, siblings: dict[int, Node], path: Path, message: Proto, content: Proto, run: Run
    ) -> Node:
        before = siblings.get(path[-1])
        same = before is not None and not before.rows and before.content == content
        if not same or (before is not None and before.passing):
            self.rev += 1
        node = Node(
            path=path,
            message=message,
            content=content,
            run_id=run.id,
            fragment_id=message.delta.fragment_id,
            script_hash=message.metadata.active_script_hash,
            rev=before.rev if same and before is not None else self.rev,
        )
        if before is not None and _keeps_children(before, node):
            node.children = before.children
        siblings[path[-1]] = node
        return node

    def _pass_by(self, siblings: dict[int, Node], path: Path, message: Proto, run: Run) -> Node:
        """Elements for the moment: over what stands there, which is shown again afterwards."""
        node = siblings.get(path[-1])
        self.rev += 1
        if node is None:
            empty = type(message.delta.new_element)()
            node = self._place(siblings, path, message, empty, run)
        node.passing_by = message
        node.run_id = run.id
        node.rev = self.rev
        return node

    def _add_rows(self, node: Node | None, message: Proto, run: Run) -> Node | None:
        if node is None:
            return None
        self.rev += 1
        node.rows.append(message)
        node.run_id = run.id
        node.rev = self.rev
        return node

    def _prune(self, siblings: dict[int, Node], run: Run, *, inside: bool) -> None:
        """*inside*: below a container that belongs to one of the run's fragments."""
        for index, node in list(siblings.items()):
            mine = inside or node.fragment_id in run.fragments or not run.fragments
            if mine and node.run_id != run.id:
                del siblings[index]
                self.rev += 1
                continue
            if mine and node.passing:
                node.passing_by = None
                self.rev += 1
                node.rev = self.rev
            self._prune(
                node.children, run, inside=inside or _belongs(node.fragment_id, run.fragments)
            )


def _belongs(fragment_id: str, fragments: tuple[str, ...]) -> bool:
    return bool(fragment_id) and fragment_id in fragments


def _walk(siblings: dict[int, Node]) -> Iterator[Node]:
    for index in sorted(siblings):
        node = siblings[index]
        yield node
        yield from _walk(node.children)


def _keeps_children(before: Node, after: Node) -> bool:
    """A container that is sent again keeps what is in it until the run has ended."""
    if not (before.is_block and after.is_block) or before.kind != after.kind:
        return False
    return after.kind != "dialog" or _block_id(before) == _block_id(after)


def _block_id(node: Node) -> str:
    return getattr(node.content, "id", "") or getattr(node.body, "title", "")
