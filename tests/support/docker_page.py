"""The page of the tests' own image: healthy and small, and told by its chat URL how to fail.

`http://edge:8500/?do=die|eat|deaf|slow-to-end` in PLAYGROUND_CHAT_URL is the only word that a page
is given, besides its token.
"""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_, _, what = os.environ["PLAYGROUND_CHAT_URL"].partition("?do=")


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


def eat() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(os.urandom(1 << 20)))


sys.stderr.write("the page starts\n")
if what == "die":
    sys.exit("/srv/page/app.py: the page cannot go on")
if what == "eat":
    eat()
if what == "deaf":
    time.sleep(600)
if what == "slow-to-end":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("0.0.0.0", 8501), Page).serve_forever()
