"""What the benchmarks of other people's servers share: waiting until one is up."""

import time

import httpx


def wait_until_up(address: str, *, name: str, within_s: float) -> None:
    """Return once *address* answers with success. Raises TimeoutError, with the server's *name*."""
    deadline = time.monotonic() + within_s
    with httpx.Client(timeout=2, trust_env=False) as http:
        while time.monotonic() < deadline:
            try:
                if http.get(address).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
    raise TimeoutError(f"{name} did not start")
