"""The process that serves the embedded model by an OpenAI-compatible server.

It is a child process on purpose: the wheel's code needs AVX2 on x86 and the system's libgomp, and
where either is missing only this process ends, with a message, while the rest of the stack stays.
Run as ``python -m playground_cli.embedded.process GGUF PORT NAME``, with the key in the environment
as PLAYGROUND_EMBEDDED_KEY.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Any

CONTEXT_TOKENS = 8192
SLOTS = 2
PROMPT_CACHE_MIB = 256


def main() -> None:
    """Serve on loopback until SIGTERM."""
    gguf, port, name = sys.argv[1:4]
    serve(gguf, name, port=int(port), key=os.environ["PLAYGROUND_EMBEDDED_KEY"])


def serve(gguf: str, name: str, *, port: int, host: str = "127.0.0.1", key: str = "") -> None:
    """Serve until SIGTERM, in the main thread of a process that has no other yet."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        xllamacpp: Any = import_module("xllamacpp")  # untyped
    except ImportError as error:
        sys.exit(f"the embedded model cannot run here: {error}")
    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.model_alias = {name}
    params.hostnames = [host]
    params.port = port
    params.api_keys = [key] if key else []
    params.ui = False
    params.cors_origins = "http://127.0.0.1"
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = SLOTS
    params.kv_unified = True
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.cpuparams.n_threads = threads()
    params.cpuparams_batch.n_threads = threads()
    server = xllamacpp.Server(params)
    print(f"serving {name} at {server.listening_address}", flush=True)  # noqa: T201
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)  # the server's own threads do not end by themselves


def threads() -> int:
    """One thread a core, at most four: more does not make a model this small faster."""
    return max(1, min(4, os.cpu_count() or 1))


if __name__ == "__main__":
    main()
