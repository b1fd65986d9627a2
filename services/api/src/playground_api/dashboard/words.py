"""The dashboard's words for states, reasons and times."""

from collections.abc import Mapping
from datetime import datetime

from playground.errors import PlaygroundError
from playground.sessions.model import EndReason, Session, Status, Target

STATUS: Mapping[Status, str] = {
    Status.QUEUED: "Queued",
    Status.STARTING: "Starting",
    Status.READY: "Ready",
    Status.PARKED: "Parked",
    Status.STOPPING: "Stopping",
    Status.STOPPED: "Stopped",
    Status.FAILED: "Failed",
}

REASON: Mapping[EndReason, str] = {
    EndReason.USER: "Stopped by you",
    EndReason.IDLE: "Nobody used it for a while",
    EndReason.CRASHED: "Its page crashed",
    EndReason.OUT_OF_MEMORY: "Its page ran out of memory",
    EndReason.LAUNCH_TIMEOUT: "Its page took too long to start",
    EndReason.IMAGE_MISSING: "Its image is missing",
    EndReason.NO_CAPACITY: "There was no room for its page",
    EndReason.SHUTDOWN: "The playground was shut down",
}

ADVICE: Mapping[str, str] = {
    "no_capacity": "Stop a session that you no longer need, then try again.",
    "launch_failed": "Try again. If it fails again, `playground doctor` tells what is missing.",
    "session_ended": "Its conversation is kept. Launch the scenario again to go on with a new one.",
    "session_not_ready": "It is still waiting for its page. Try again in a moment.",
    "scenario_not_found": "Its file may have been renamed or removed. Choose another one.",
    "session_not_found": "It may have been removed. The list shows the sessions that there are.",
}


def status_word(session: Session) -> str:
    """Where the session stands; what is asked of it counts as soon as it is asked."""
    leaving = session.target is Target.STOPPED and not session.status.ended
    return STATUS[Status.STOPPING if leaving else session.status]


def waiting(session: Session) -> str:
    """What a session that has no page waits for, in a sentence; empty for any other."""
    if session.status is Status.PARKED:
        return "Its conversation is kept; opening it takes a moment"
    if session.status is not Status.QUEUED or session.launch.queue_position is None:
        return ""
    place = f"Number {session.launch.queue_position} in the queue"
    eta_s = session.launch.eta_s
    return f"{place}, about {max(1, round(eta_s))} s" if eta_s is not None else place


def reason(session: Session) -> str:
    """Why the session ended, in a sentence; empty while it lives."""
    if not session.status.ended:
        return ""
    detail = str((session.error or {}).get("detail", ""))
    return detail or (REASON[session.end_reason] if session.end_reason else "")


def advice(error: PlaygroundError) -> str:
    """What the reader of *error* can do about it."""
    if error.code in ADVICE:
        return ADVICE[error.code]
    if error.status == 404:
        return "Check the address, or go on from the dashboard."
    if error.status == 503:
        return "This page tries again by itself."
    return "Try again. If it happens again, tell the request id to whoever runs this playground."


def age(moment: datetime, now: datetime) -> str:
    """How long ago *moment* was, in one unit."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def megabytes(size: int | None) -> str:
    """Memory, in the unit in which people think of it; a dash where nobody has looked."""
    return "–" if size is None else f"{size / 1_000_000:.0f} MB"
