"""`playground up`: the whole stack, from the lock on its folder to the last child's end."""

import os
import time
from collections.abc import Callable

from playground.models import note_on
from playground_cli.stack.ledger import AlreadyRunning, Ledger
from playground_cli.stack.leftovers import kill_marked
from playground_cli.stack.plan import Plan, environment_of_this_process, make_plan, port_is_taken
from playground_cli.stack.redis_server import NoRedisServer
from playground_cli.stack.settings import StackSettings
from playground_cli.stack.supervisor import StackFailed, Supervisor


def run_stack(settings: StackSettings, say: Callable[[str], None]) -> int:
    """Run the stack until Ctrl-C; return the exit code. Says each step as it happens."""
    begun, parent = time.monotonic(), os.getppid()
    try:
        ledger = Ledger(settings.data_dir / "run")
        ledger.take(f"http://127.0.0.1:{settings.port}")
    except AlreadyRunning as error:
        say(f"{error}\nStop it with Ctrl-C, or choose another folder: PLAYGROUND_DATA_DIR=....")
        return 1
    except OSError as error:
        return _cannot_use_folder(settings, error, say)
    try:
        return _run(settings, ledger, say, begun, parent)
    finally:
        ledger.release()


def _run(
    settings: StackSettings,
    ledger: Ledger,
    say: Callable[[str], None],
    begun: float,
    parent: int,
) -> int:
    left = ledger.end_leftovers() + kill_marked(settings.data_dir)
    if left:
        say(f"  Ended what an earlier run left behind: {', '.join(left)}")
    if port_is_taken(settings.port):
        say(
            f"Port {settings.port} is taken by another program. "
            f"Choose another one: PLAYGROUND_PORT={settings.port + 1} make up"
        )
        return 1
    try:
        plan = make_plan(settings, environment_of_this_process())
    except NoRedisServer as error:
        say(f"{error}\nRun `playground doctor` to see how to mend it.")
        return 1
    except OSError as error:
        return _cannot_use_folder(settings, error, say)
    for missing in plan.missing:
        say(f"  Not available: {missing} (see `playground doctor`)")
    supervisor = Supervisor(plan.waves, ledger, say)
    supervisor.listen_for_signals()
    try:
        supervisor.start()
        _say_that_it_is_up(plan, say, time.monotonic() - begun)
        supervisor.watch(stop_with=parent if settings.stop_with_parent else None)
        ledger.tell_that_it_stops()
        say("Stopping ...")
    except StackFailed as error:
        say(f"{error}\nLogs: {settings.data_dir / 'logs'}")
        return 1
    finally:  # whatever happens here, nothing of the stack is left
        supervisor.stop()
        kill_marked(settings.data_dir)
    say("Stopped; conversations are kept.")
    return 0


def _say_that_it_is_up(plan: Plan, say: Callable[[str], None], seconds: float) -> None:
    say(f"\nChat Playground is up after {seconds:.1f} s: {plan.address}")
    say(f"Model: {plan.model}" + (_switch_line if note_on(plan.model) else ""))
    say("Ctrl-C stops it.\n")


def _cannot_use_folder(settings: StackSettings, error: OSError, say: Callable[[str], None]) -> int:
    say(f"The data folder {settings.data_dir} cannot be used: {error.strerror}.")
    say("Free some space, or name another folder: PLAYGROUND_DATA_DIR=... make up")
    return 1


_switch_line = (
    ", a small demonstration model that is often wrong. For a real one: OPENAI_API_KEY=... make up"
)
