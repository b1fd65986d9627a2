"""JupyterHub beside us: its hub and proxy spawn the very same Streamlit page, on this machine.

Installed for the run into a folder of its own: PyPI's jupyterhub with our Streamlit, npm's
configurable-http-proxy. Without npm there is nothing to compare with.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx

from benchmarks.peers import wait_until_up
from tests.support.stack import free_port

SPAWNS = 8
TOKEN = "a-token-of-the-benchmark-alone"
_CONFIGURATION = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = ["{home}/node_modules/.bin/configurable-http-proxy"]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/users/{{username}}"
c.Spawner.cmd = ["{home}/venv/bin/python", "{home}/page_of_user.py"]
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "bench", "scopes": ["admin:users", "admin:servers"], "services": ["bench"]}}
]
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.log_level = "ERROR"
"""
_PAGE_OF_USER = """
import os
from urllib.parse import urlparse

address = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
options = {{
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.port": str(address.port),
    "server.baseUrlPath": address.path.strip("/"),
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
}}
arguments = [part for name, value in options.items() for part in ("--" + name, value)]
os.execv("{home}/venv/bin/streamlit", ["streamlit", "run", "{page}", *arguments])
"""


def can_be_installed() -> bool:
    """Whether this machine has what the proxy needs."""
    return shutil.which("npm") is not None


def spawns(folder: Path, page: Path) -> list[float]:
    """Milliseconds from asking the hub for a user's server until it counts it as ready."""
    home = folder / "jupyterhub"
    home.mkdir()
    _install(home)
    with _running_hub(home, page) as url:
        api = httpx.Client(
            base_url=f"{url}/hub/api", headers={"Authorization": f"token {TOKEN}"}, timeout=60
        )
        with api:
            _spawn(api, "first")
            return [_spawn(api, f"user{number}") for number in range(SPAWNS)]


def _install(home: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    packages = ["jupyterhub", f"streamlit=={version('streamlit')}"]
    pip = [home / "venv/bin/pip", "install", "--quiet", *packages]
    npm = ["npm", "install", "--silent", "--prefix", home, "configurable-http-proxy"]
    for command in (pip, npm):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _running_hub(home: Path, page: Path) -> Generator[str]:
    public, hub, proxy = free_port(), free_port(), free_port()
    configuration = _CONFIGURATION.format(
        public=public, hub=hub, proxy=proxy, home=home, token=TOKEN
    )
    (home / "config.py").write_text(configuration)
    (home / "page_of_user.py").write_text(_PAGE_OF_USER.format(home=home, page=page))
    process = subprocess.Popen(
        [home / "venv/bin/jupyterhub", "-f", home / "config.py"],
        cwd=home,
        env={**os.environ, "PATH": f"{home}/venv/bin:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{public}"
    try:
        wait_until_up(f"{url}/hub/api", name="JupyterHub", within_s=60)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _spawn(api: httpx.Client, user: str) -> float:
    api.post(f"/users/{user}").raise_for_status()
    begun = time.perf_counter()
    answer = api.post(f"/users/{user}/server")
    if answer.status_code == 202:
        with api.stream("GET", f"/users/{user}/server/progress") as progress:
            next(line for line in progress.iter_lines() if '"ready": true' in line)
    milliseconds = (time.perf_counter() - begun) * 1000
    answer.raise_for_status()
    api.delete(f"/users/{user}/server")
    return milliseconds
