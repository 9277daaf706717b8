"""A private Redis of this checkout. It holds live push and limits only: it appends to disk without waiting for it."""

import shutil
import subprocess

import answers
from house import House, Trouble, write_private
from processes import complaint, end, living_in, wait_until

SETTINGS = """\
bind 127.0.0.1
port {port}
dir {home}
requirepass {password}
daemonize no
logfile {log}
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
"""


class Redis:
    """One server on loopback, behind a password."""

    title = "Redis"
    packages = (("redis-server",),)

    def __init__(self, house: House) -> None:
        self.house = house
        self.home = house.directory / "redis"
        self.log = self.home / "log"

    @property
    def urls(self) -> dict[str, str]:
        """Return the URL of database 0."""
        return {"REDIS_URL": f"redis://:{self.house.secret('redis')}@127.0.0.1:{self.house.port('redis')}/0"}

    @staticmethod
    def installed() -> bool:
        """Tell whether the server's program is on this machine."""
        return shutil.which("redis-server") is not None

    def start(self) -> None:
        """Start the server and wait until its data is loaded."""
        if living_in(self.home) and answers.all_ready(self.urls):
            return
        end(self.home, patience=2)
        self.home.mkdir(parents=True, exist_ok=True)
        self.house.move_taken_ports("redis")
        settings = self.home / "redis.conf"
        password, port = self.house.secret("redis"), self.house.port("redis")
        write_private(settings, SETTINGS.format(port=port, home=self.home, log=self.log, password=password))
        subprocess.Popen(
            ["redis-server", str(settings)],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not wait_until(lambda: answers.all_ready(self.urls), seconds=30):
            raise Trouble(f"Redis does not answer; its log {self.log} says: {complaint(self.log)}")

    def stop(self) -> None:
        """Stop the server; what it holds is written first."""
        end(self.home, patience=10)
