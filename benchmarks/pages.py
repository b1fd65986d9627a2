"""Sessions and their pages: warm, cold, woken, painted; embedded and in containers."""

import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks import jupyterhub, launching
from benchmarks.arrivals import SECONDS, arrivals
from benchmarks.first_paint import ROUNDS, bare_paints, first_paints
from benchmarks.footprint import footprint_tables
from benchmarks.stacks import (
    POOL,
    containers,
    embedded,
    launch,
    stop,
    until_pool_is_full,
    wake,
)
from benchmarks.tables import Table, percentile

TIMES = 8
PACES_OF_CONTAINERS = (0.5, 1.0, 2.0)
Rows = list[Sequence[str]]


def measure() -> list[Table]:
    """Every table about sessions; both stacks are started anew for it."""
    paced: Rows = []
    single: Rows = []
    painted: Rows = [["bare `streamlit run`, one line", "first visit", *_quantiles(bare_paints())]]
    with embedded() as url:
        _measure_warm("processes", url, (2.0,), paced, single, painted)
    with embedded(PLAYGROUND_POOL_SIZE="0") as url:
        single.append(["processes", "cold", *_quantiles(_cold(url))])
    with containers() as stack:
        _measure_warm("containers", stack.url, PACES_OF_CONTAINERS, paced, single, painted)
        footprint = footprint_tables(stack)
    with containers(PLAYGROUND_POOL_SIZE="0") as stack:
        single.append(["containers", "cold", *_quantiles(_cold(stack.url))])
    single += _beside_us()
    return [_paced(paced), _single(single), _painted(painted), *footprint]


def _measure_warm(
    label: str, url: str, paces: Sequence[float], paced: Rows, single: Rows, painted: Rows
) -> None:
    for pace in paces:
        until_pool_is_full(url)
        paced.append([label, f"{pace:g}", *arrivals(url, per_second=pace).cells])
    with httpx.Client(base_url=url, timeout=90) as http:
        woken: list[float] = []
        _, session_id = launch(http)
        for _ in range(TIMES):
            until_pool_is_full(url)
            woken.append(wake(http, session_id))
        stop(http, session_id)
    single.append([label, "woken from parking", *_quantiles(woken)])
    until_pool_is_full(url)
    first, again = first_paints(url)
    painted.append([label, "first visit", *_quantiles(first)])
    painted.append([label, "later ones", *_quantiles(again)])


def _cold(url: str) -> list[float]:
    with httpx.Client(base_url=url, timeout=90) as http:
        stop(http, launch(http)[1])
        found: list[float] = []
        for _ in range(TIMES):
            milliseconds, session_id = launch(http)
            found.append(milliseconds)
            stop(http, session_id)
    return found


def _beside_us() -> Rows:
    if not jupyterhub.can_be_installed():
        return [["JupyterHub", "not measured: there is no npm", "", ""]]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.py"
        page.write_text(launching.PAGE)
        times = jupyterhub.spawns(Path(folder), page)
    return [["JupyterHub", "its spawn of a bare Streamlit page", *_quantiles(times)]]


def _quantiles(milliseconds: Sequence[float]) -> list[str]:
    return [f"{statistics.median(milliseconds):.0f}", f"{percentile(milliseconds, 99):.0f}"]


def _paced(rows: Rows) -> Table:
    return Table(
        title="Launches that come at their own pace",
        note=f"`POST /v1/sessions?wait=30` for {SECONDS} s with a pool of {POOL}, on "
        f"{os.cpu_count()} cores that the stack, the pages and the client share; each session is "
        "stopped after 3 s. The last column is all processor time of the machine by launches: "
        f"where the pace times it comes near {os.cpu_count()}, pages cannot be made as fast as "
        "they are asked for, the pool runs dry, and who comes later queues.",
        columns=[
            *("pages are", "a second", "p50 ms", "p99 ms", "slowest ms"),
            *("found a waiting page", "processor s each"),
        ],
        rows=rows,
    )


def _single(rows: Rows) -> Table:
    return Table(
        title="One launch at a time",
        note=f"{TIMES} each, from the request to the ready page. JupyterHub: from asking its hub "
        "for a user's server until the hub counts it as ready; its page is one line, no session.",
        columns=["pages are", "launch", "p50 ms", "p99 ms"],
        rows=rows,
    )


def _painted(rows: Rows) -> Table:
    return Table(
        title="From the click to the greeting on the screen",
        note=f"{ROUNDS} rounds in Chromium; a first visit finds nothing in the browser's cache. "
        "The bare page's server runs already: what it takes is what the browser alone needs for "
        "Streamlit's page on this machine.",
        columns=["pages are", "visit", "p50 ms", "slowest ms"],
        rows=rows,
    )
