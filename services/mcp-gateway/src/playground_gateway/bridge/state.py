"""What is known of one script session: its page, whether its script runs, what it was told.

`SessionState.receive` takes every message of the server in order; nothing else changes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.tree import Node, Run, Tree

FINISHED = "FINISHED_SUCCESSFULLY"
FINISHED_FRAGMENT = "FINISHED_FRAGMENT_RUN_SUCCESSFULLY"
FINISHED_EARLY = "FINISHED_EARLY_FOR_RERUN"
BROKEN = "FINISHED_WITH_COMPILE_ERROR"


@dataclass(frozen=True)
class AutoRerun:
    """A fragment that the client is to run every *interval_s*."""

    fragment_id: str
    interval_s: float


@dataclass
class SessionState:
    """One script session as its client knows it."""

    tree: Tree = field(default_factory=Tree)
    session_id: str = ""
    """A secret: whoever has it can take the session over."""
    run: Run = field(default_factory=lambda: Run(""))
    page_hash: str = ""
    main_script_hash: str = ""
    query: str = ""
    runs_begun: int = 0
    runs_ended: int = 0
    """Runs that ended for good: one that ended early for another run is part of that one."""
    running: bool = False
    ended_as: str = ""
    """How the last run ended, in the protocol's word."""
    stopped: bool = False
    """Whether the last run was ended from outside: its client knows, servers seldom say it."""
    compile_error: Proto | None = None
    auto_reruns: dict[str, AutoRerun] = field(default_factory=dict[str, AutoRerun])
    latest: dict[str, Proto] = field(default_factory=dict[str, Proto])
    """The last message of each kind that is no delta: navigation, page_config_changed, logo..."""

    run_begins: set[Callable[[tuple[str, ...]], None]] = field(
        default_factory=set[Callable[[tuple[str, ...]], None]]
    )
    """Told of each run that begins, with the fragments that it is of."""

    def receive(self, message: Proto) -> Node | None:
        """Take one message of the server; the node that it changed, if it changed one."""
        kind = message.WhichOneof("type")
        if kind == "delta":
            return self.tree.apply(message, self._run_of(message))
        if kind is None:
            return None
        self.latest[kind] = message
        handle = getattr(self, f"_on_{kind}", None)
        if handle is not None:
            handle(message)
        return None

    @property
    def settled(self) -> bool:
        """Whether no run is going on, none is about to begin, and all of the last one was told.

        That a script cannot be compiled is told first, and in a message of its own then why.
        """
        untold = self.ended_as == BROKEN and self.compile_error is None
        return self.runs_begun > 0 and not self.running and not untold

    def _run_of(self, message: Proto) -> Run:
        """Which run sent it: Streamlit 1.67 says so in every message, older ones at its start."""
        metadata = message.metadata
        if "run" not in metadata.DESCRIPTOR.fields_by_name or not metadata.HasField("run"):
            return self.run
        return Run(metadata.run.script_run_id, tuple(metadata.run.fragment_ids))

    def _on_new_session(self, message: Proto) -> None:
        session = message.new_session
        if "script_run_id" in session.DESCRIPTOR.fields_by_name:
            run = Run(session.script_run_id, tuple(session.fragment_ids_this_run))
        else:
            run = self._run_of(message)
        if session.initialize.session_id:
            self.session_id = session.initialize.session_id
        if self.page_hash and session.page_script_hash != self.page_hash:
            self.tree.leave_page(session.main_script_hash)
        self.run = run
        self.page_hash = session.page_script_hash
        self.main_script_hash = session.main_script_hash
        self.runs_begun += 1
        self.running = True
        self.compile_error = None
        self.stopped = False
        if not run.fragments:
            self.auto_reruns.clear()
        for begins in list(self.run_begins):
            begins(run.fragments)

    def _on_script_finished(self, message: Proto) -> None:
        field_of = message.DESCRIPTOR.fields_by_name["script_finished"]
        self.ended_as = field_of.enum_type.values_by_number[message.script_finished].name
        if self.ended_as == FINISHED_EARLY:
            return
        self.running = False
        self.runs_ended += 1
        if self.ended_as in (FINISHED, FINISHED_FRAGMENT):
            self.tree.prune(self.run)

    def _on_session_event(self, message: Proto) -> None:
        match message.session_event.WhichOneof("type"):
            case "script_compilation_exception":
                self.compile_error = message.session_event.script_compilation_exception
                self.tree.rev += 1
            case "script_was_manually_stopped":
                self.stopped = True
            case _:
                pass

    def _on_navigation(self, message: Proto) -> None:
        self.page_hash = message.navigation.page_script_hash or self.page_hash

    def _on_page_info_changed(self, message: Proto) -> None:
        self.query = message.page_info_changed.query_string

    def _on_auto_rerun(self, message: Proto) -> None:
        wanted = message.auto_rerun
        self.auto_reruns[wanted.fragment_id] = AutoRerun(wanted.fragment_id, wanted.interval)

    def _on_stop_auto_rerun(self, message: Proto) -> None:
        for fragment_id in message.stop_auto_rerun.fragment_ids:
            self.auto_reruns.pop(fragment_id, None)
