"""How many people have a page open, as its own server counts them."""

import httpx

_PATH = "/_stcore/metrics?families=active_sessions"
_COUNT = "active_sessions "
_WITHIN_S = 2.0


async def others_at(base_url: str) -> int:
    """How many sessions the page's server has besides the one of whoever asks.

    A server that does not count its sessions, as older ones of Streamlit, tells of none.
    """
    try:
        async with httpx.AsyncClient(timeout=_WITHIN_S, trust_env=False, verify=False) as http:
            answer = await http.get(base_url + _PATH)
    except httpx.HTTPError:
        return 0
    for line in answer.text.splitlines() if answer.is_success else ():
        count = line.removeprefix(_COUNT)
        if line != count and count.isdecimal():
            return max(0, int(count) - 1)
    return 0
