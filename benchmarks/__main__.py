"""`make bench`: runs every measurement and writes the tables of benchmarks/README.md."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    chat_overhead,
    dashboard,
    embedding_beside_streams,
    launching,
    many_streams,
    mcp_door,
    pages,
    retrieval,
)

PAGE = Path(__file__).parent / "README.md"
HEAD = """# Benchmarks

Written by `make bench` from one run on one machine: {cores} cores, {machine}, Python {python},
{day}. Machines like this are noisy; read the ratios, not the milliseconds.

"""


def main() -> None:
    """Measure, print, write."""
    tables = [launching.measure(), *pages.measure(), *dashboard.measure(), *chat_overhead.measure()]
    tables += [*many_streams.measure(), *retrieval.measure(), *embedding_beside_streams.measure()]
    tables += mcp_door.measure()
    text = HEAD.format(
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
        day=datetime.now(UTC).date(),
    ) + "\n".join(table.markdown() for table in tables)
    PAGE.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
