"""The panels of the system page: each a figure in words, and how it went, as a chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground_api.dashboard.charts import Chart, chart
from playground_api.figures.history import KEPT, History


@dataclass(frozen=True)
class Panel:
    """One figure. `legend` names the chart's lines where there are several."""

    title: str
    value: str
    note: str
    chart: Chart
    scale: str
    """The highest value in the chart, with its unit."""
    legend: Sequence[str] = ()
    alarming: bool = False


def panels(history: History) -> list[Panel]:
    """Everything that is drawn, in its order."""
    return list(_panels(history))


def _panels(history: History) -> Iterator[Panel]:
    yield _launches(history)
    yield _time_to_ready(history)
    yield _sessions(history)
    yield _pool(history)
    yield _streams(history)
    yield _tokens(history)
    yield _errors(history)
    yield _redis(history)


def _launches(history: History) -> Panel:
    warm, cold = history.growth("warm"), history.growth("cold")
    asked = warm + cold
    share = f"{round(100 * warm / asked)} % found a page that waited" if asked else "none yet"
    drawn = chart(
        history.rates("warm", "cold", per_s=60), history.rates("warm", per_s=60), slots=KEPT
    )
    each_minute = asked / history.minutes if history.minutes else 0.0
    return Panel(
        "Launches per minute",
        number(each_minute),
        f"{number(asked)} in {span(history)}; {share}",
        drawn,
        f"{number(drawn.highest)} per minute",
        ("all", "warm"),
    )


def _time_to_ready(history: History) -> Panel:
    half, most = history.ready_within_s(0.5), history.ready_within_s(0.95)
    grown = zip(history.rates("ready_s"), history.rates("ready"), strict=True)
    means = [seconds / count if count else 0.0 for seconds, count in grown]
    drawn = chart(means, slots=KEPT)
    if half is None or most is None:
        return Panel("Time to ready", "–", f"no launch in {span(history)}", drawn, "")
    note = f"half of the launches; 95 % within {seconds_in_words(most)}"
    return Panel(
        "Time to ready",
        f"≤ {seconds_in_words(half)}",
        note,
        drawn,
        seconds_in_words(drawn.highest),
    )


def _sessions(history: History) -> Panel:
    ready, parked = history.levels("sessions_ready"), history.levels("sessions_parked")
    drawn = chart(ready, parked, slots=KEPT)
    waiting = last(history, "sessions_queued") + last(history, "sessions_starting")
    return Panel(
        "Sessions",
        number(last(history, "sessions_ready")),
        f"with a page; {number(last(history, 'sessions_parked'))} parked, "
        f"{number(waiting)} wait for one",
        drawn,
        number(drawn.highest),
        ("with a page", "parked"),
    )


def _pool(history: History) -> Panel:
    drawn = chart(history.levels("pool"), slots=KEPT)
    waiting = last(history, "pool")
    note = "pages that wait for a session" if waiting else "no page waits: launches are cold"
    return Panel("Pool", number(waiting), note, drawn, number(drawn.highest))


def _streams(history: History) -> Panel:
    drawn = chart(history.levels("streams"), slots=KEPT)
    return Panel(
        "Streams",
        number(last(history, "streams")),
        f"turns that run now; at most {number(drawn.highest)} in {span(history)}",
        drawn,
        number(drawn.highest),
    )


def _tokens(history: History) -> Panel:
    rates = history.rates("tokens")
    drawn = chart(rates, slots=KEPT)
    return Panel(
        "Tokens per second",
        number(rates[-1] if rates else 0.0),
        f"{number(history.growth('tokens'))} pieces of text in {span(history)}",
        drawn,
        f"{number(drawn.highest)} per second",
    )


def _errors(history: History) -> Panel:
    names = ("turns_failed", "launches_failed", "requests_failed")
    turns, launches, requests = (history.growth(name) for name in names)
    drawn = chart(history.rates(*names, per_s=60), slots=KEPT)
    return Panel(
        "Errors",
        number(turns + launches + requests),
        f"in {span(history)}: turns {number(turns)}, launches {number(launches)}, "
        f"requests {number(requests)} (5xx)",
        drawn,
        f"{number(drawn.highest)} per minute",
        alarming=turns + launches + requests > 0,
    )


def _redis(history: History) -> Panel:
    drawn = chart(history.levels("redis_ms"), slots=KEPT)
    newest = history.newest
    if newest is None or "redis_ms" not in newest.numbers:
        return Panel("Redis", "away", "it cannot be reached just now", drawn, "", alarming=True)
    milliseconds = newest.numbers["redis_ms"]
    return Panel(
        "Redis", f"{milliseconds:.1f} ms", "to answer a ping", drawn, f"{drawn.highest:.1f} ms"
    )


def last(history: History, name: str) -> float:
    """What the number is now."""
    return history.newest.numbers.get(name, 0.0) if history.newest else 0.0


def span(history: History) -> str:
    """How far back the figures go, in words."""
    minutes = round(history.minutes)
    return "the last minute" if minutes <= 1 else f"the last {minutes} minutes"


def number(value: float) -> str:
    """*value* as a person reads it: whole where it is, else with one place."""
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:,.1f}"


def seconds_in_words(seconds: float) -> str:
    """A time in its unit."""
    if seconds == float("inf"):
        return "over a minute"
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
