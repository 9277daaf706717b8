"""The product's server for a measure, with the bare views beside it and no limits of pace."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PATIENCE_SECONDS = 30
NO_LIMIT = "60000000:1000000"


@contextmanager
def served(*, unlimited: Sequence[str]) -> Iterator[int]:
    """Run gunicorn as the Procfile does and yield its port; the buckets named are out of reach."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "benchmarks.bare_server:application", "--bind", f"127.0.0.1:{port}"]
    settings = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "60"]
    environment = {**os.environ, **{f"TREUM_RATE_{name}": NO_LIMIT for name in unlimited}}
    with subprocess.Popen([*command, *settings], env=environment) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
