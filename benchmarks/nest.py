"""The NestJS yardstick: install it where Node is present, start it, and say why where it cannot run."""

import os
import shutil
import subprocess
from pathlib import Path

DIRECTORY = Path(__file__).parent / "nestjs"
PREFETCH = 50
POOL = 10
INSTALL_SECONDS = 300


class NestUnavailable(Exception):
    """The yardstick cannot run here; the sentence says why."""


def install() -> None:
    """Install the locked packages and compile. Raises NestUnavailable."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NestUnavailable(f"{program} is absent; install Node 20 or later for the NestJS yardstick.")
    installed, lock = DIRECTORY / "node_modules" / ".package-lock.json", DIRECTORY / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run("npm", "ci", "--no-audit", "--no-fund")
    _run("npx", "--no-install", "tsc")


def start(*, rabbitmq_url: str, database_url: str, queue: str, log: Path) -> subprocess.Popen[bytes]:
    """Start the consumer on a queue that stands."""
    environment = {
        **os.environ,
        "NODE_ENV": "production",
        "RABBITMQ_URL": rabbitmq_url,
        "DATABASE_URL": database_url,
        "QUEUE": queue,
        "PREFETCH": str(PREFETCH),
        "POOL": str(POOL),
    }
    with log.open("wb") as output:
        command = ["node", "dist/main.js"]
        return subprocess.Popen(command, cwd=DIRECTORY, env=environment, stdout=output, stderr=subprocess.STDOUT)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=DIRECTORY, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NestUnavailable(f"`{' '.join(command)}` took more than {INSTALL_SECONDS} seconds.") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NestUnavailable(f"`{' '.join(command)}` failed in benchmarks/nestjs: {' '.join(last)}")
