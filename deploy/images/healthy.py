"""Exits 0 if this container's own door answers: ``python -I -S healthy.py PORT PATH``.

It runs every few seconds in every container, so it imports next to nothing.
"""

import socket
import sys

port, path = sys.argv[1:]
with socket.create_connection(("127.0.0.1", int(port)), timeout=3) as door:
    door.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
    status_line = door.recv(64)
sys.exit(b" 200 " not in status_line)
