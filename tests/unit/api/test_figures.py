from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from playground_api.dashboard.charts import HEIGHT, WIDTH, chart
from playground_api.dashboard.panels import number, panels, seconds_in_words
from playground_api.figures.history import KEPT, History
from playground_api.figures.samples import Sample, sampled

START = datetime(2026, 11, 28, tzinfo=UTC)


class Metrics:
    """The metrics that a running playground has, and a history of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.claims = Counter("playground_pool_claims", "", ["mode"], registry=self.registry)
        self.seconds = Histogram(
            "playground_session_launch_seconds",
            "",
            ["outcome"],
            buckets=(0.01, 0.1, 1),
            registry=self.registry,
        )
        self.running = Gauge("playground_turns_running", "", registry=self.registry)
        self.history = History()
        self.at = START

    def look(self) -> None:
        self.history.add(sampled(self.at, {"here": self.registry.collect()}, redis_ms=0.4))
        self.at += timedelta(seconds=10)


def shown(history: History) -> dict[str, tuple[str, str]]:
    return {panel.title: (panel.value, panel.note) for panel in panels(history)}


def test_launches_are_told_by_minute_with_their_warm_share():
    metrics = Metrics()
    metrics.look()
    for mode in ("warm", "warm", "warm", "cold"):
        metrics.claims.labels(mode).inc()
        metrics.look()
    for _ in range(2):
        metrics.look()
    assert metrics.history.growth("warm", "cold") == 4
    assert metrics.history.rates("warm", per_s=60)[:4] == [6, 6, 6, 0]
    value, note = shown(metrics.history)["Launches per minute"]
    assert (value, note) == ("4", "4 in the last minute; 75 % found a page that waited")


def test_the_time_to_ready_is_that_of_the_launches_that_are_kept():
    metrics = Metrics()
    metrics.seconds.labels("ready").observe(0.9)
    metrics.look()
    assert metrics.history.ready_within_s(0.5) is None
    for seconds in (0.005, 0.006, 0.05):
        metrics.seconds.labels("ready").observe(seconds)
    metrics.look()
    assert metrics.history.ready_within_s(0.5) == 0.01
    assert metrics.history.ready_within_s(0.95) == 0.1
    value, note = shown(metrics.history)["Time to ready"]
    assert (value, note) == ("≤ 10 ms", "half of the launches; 95 % within 100 ms")


def test_a_restart_of_the_other_process_is_no_fall():
    history = History()
    for number_of_tokens in (100, 130, 20):
        registry = CollectorRegistry()
        tokens = Counter("playground_turn_tokens", "", registry=registry)
        tokens.inc(number_of_tokens)
        at = START + timedelta(seconds=len(history.levels("tokens")) * 10)
        history.add(sampled(at, {"here": registry.collect()}))
    assert history.rates("tokens") == [3, 2]


def test_processes_are_added_up_whoever_comes_and_goes():
    history = History()
    for told in ({"a": 100}, {"a": 110, "b": 5_000}, {"a": 120, "b": 5_020}, {"b": 5_030}):
        at = START + timedelta(seconds=len(history.levels("tokens")) * 10)
        history.add(Sample(at, {source: {"tokens": count} for source, count in told.items()}))
    assert history.rates("tokens") == [1, 3, 1]
    assert history.levels("tokens") == [100, 5_110, 5_140, 5_030]


def test_only_the_last_quarter_of_an_hour_is_kept():
    metrics = Metrics()
    for streams in range(KEPT + 50):
        metrics.running.set(streams)
        metrics.look()
    assert metrics.history.minutes == 15
    assert metrics.history.levels("streams")[0] == 49


def test_every_panel_can_be_drawn_before_there_is_anything_to_draw():
    assert [panel.chart.lines for panel in panels(History())] == [[]] * 8
    assert shown(History())["Redis"] == ("away", "it cannot be reached just now")


def test_a_chart_ends_at_its_right_edge_and_fits_into_its_height():
    drawn = chart([0, 2, 4], slots=5)
    (line,) = drawn.lines
    assert line.line == f"M{WIDTH / 2:.1f},{HEIGHT:.1f}L180.0,29.5L{WIDTH:.1f},3.0"
    assert drawn.highest == 4


def test_numbers_are_told_as_a_person_reads_them():
    assert [number(n) for n in (0, 3.0, 3.14, 1234.5)] == ["0", "3", "3.1", "1,234"]
    assert [seconds_in_words(s) for s in (0.025, 1.5, float("inf"))] == [
        "25 ms", "1.5 s", "over a minute",
    ]  # fmt: skip
