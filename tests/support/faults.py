"""What is done to a stack of containers: processes killed from outside, as a crash does."""

from tests.support.docker_engine import BASE_IMAGE, docker

_KILL = "import os, sys; [os.kill(int(pid), 9) for pid in sys.argv[1:]]"


def crash(*containers: str) -> None:
    """kill -9 of their first processes, and so of all. The engine sees a crash.

    Unlike after `docker kill`, which it takes for somebody's wish, it starts them again if their
    restart policy says so.
    """
    pids = docker("inspect", "--format", "{{.State.Pid}}", *containers).split()
    outside = ("--rm", "--pid", "host", "--network", "none")
    docker("run", *outside, BASE_IMAGE, "python", "-c", _KILL, *pids)
