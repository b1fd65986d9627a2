import subprocess
import sys

FORBIDDEN = ("pandas", "pyarrow", "altair", "numpy", "langchain", "redis", "fastapi", "playground")

CODE = f"""
import sys, threading, socket
opened = []
real = socket.socket.__init__
def counting(self, *args, **kwargs):
    opened.append(args)
    real(self, *args, **kwargs)
socket.socket.__init__ = counting
before = threading.active_count()
import playground_chat.page.preload
print([m for m in {FORBIDDEN!r} if m in sys.modules])
print(threading.active_count() - before, len(opened))
from streamlit import config
print(config._config_options is None)
"""


def test_the_preload_imports_nothing_heavy_and_starts_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["[]", "0 0", "True"]
