"""A worker that can do nothing does not pretend to run."""

import os
import subprocess
import sys

import pytest


@pytest.mark.needs("redis")
def test_a_worker_that_cannot_go_on_says_so_and_leaves(redis_url: str):
    environment = {**os.environ, "REDIS_URL": redis_url, "PLAYGROUND_DATA_DIR": "/dev/null/data"}
    done = subprocess.run(
        [sys.executable, "-m", "playground_worker.main"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "the worker cannot go on" in done.stderr
    assert "the worker leaves" in done.stderr
