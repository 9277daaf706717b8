"""A private PostgreSQL of this checkout: made once, then started and stopped; its data stays."""

import os
import shutil
import subprocess
from pathlib import Path

import answers
from house import AS_ROOT, ROOT, House, Trouble, give_to, scratch_file
from processes import complaint, end, living_in, wait_until

COMMON = ROOT / "docker" / "postgres" / "treum.conf"
SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
shared_buffers = {buffers}MB
dynamic_shared_memory_type = {shared_memory}
"""
USER = "treum"


class PostgreSQL:
    """One cluster on loopback, with scram passwords and page checksums."""

    title = "PostgreSQL"
    packages = (("postgresql-15", "postgresql"),)

    def __init__(self, house: House) -> None:
        self.house = house
        self.home = house.directory / "postgresql"
        self.data = self.home / "data"
        self.log = self.home / "log"

    @property
    def urls(self) -> dict[str, str]:
        """Return the URL of the users' database; the others stand beside it on the same server."""
        login = f"{USER}:{self.house.secret('postgresql')}"
        return {"DATABASE_URL": f"postgres://{login}@127.0.0.1:{self.house.port('postgresql')}/treum_users"}

    @staticmethod
    def installed() -> bool:
        """Tell whether the server's programs are on this machine."""
        return bool(_installed_versions())

    def start(self) -> None:
        """Start the server, making the cluster at the first start and healing what a crash left behind."""
        if answers.all_ready(self.urls):
            return
        if not self.data.is_dir():
            self._create()
        if living_in(self.data) and not wait_until(lambda: not living_in(self.data), seconds=3):
            self._stop_orphans()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.house.move_taken_ports("postgresql")
        self._write_settings()
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "120", "-s", "start")
        if not wait_until(lambda: answers.all_ready(self.urls), seconds=60):
            raise Trouble(f"PostgreSQL does not answer; its log {self.log} says: {complaint(self.log)}")

    def stop(self) -> None:
        """Stop the server; connections are closed, committed data is kept."""
        if living_in(self.data):
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "-s", "stop", check=False)
        end(self.data, patience=5)

    def _stop_orphans(self) -> None:
        """End what still runs on the data: a server that does not answer, or the children of one that was killed."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "-t", "10", "-s", "stop", check=False)
        end(self.data, patience=3)

    def _create(self) -> None:
        """Make the cluster beside its final place and move it there, so that half a cluster is never met again."""
        end(self.home, patience=2)
        self.home.mkdir(parents=True, exist_ok=True)
        owner = "postgres" if AS_ROOT else None
        if owner is not None:
            give_to(self.home, owner=owner)
        fresh = self.home / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        password = scratch_file(self.house.secret("postgresql"), owner=owner)
        flags = ("-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums")
        try:
            self._run("initdb", "-D", str(fresh), "-U", USER, *flags)
        finally:
            password.unlink()
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'treum.conf'\n")
        fresh.rename(self.data)

    def _write_settings(self) -> None:
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        settings = self.data / "treum.conf"
        settings.write_text(
            COMMON.read_text()
            + SETTINGS.format(
                port=self.house.port("postgresql"),
                buffers=max(64, min(512, memory_mb // 8)),
                shared_memory="posix" if _shared_memory_serves() else "mmap",
            )
        )
        if AS_ROOT:
            give_to(settings, owner="postgres")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        """Run one of the server's programs, as user postgres when we are root: it refuses to run as root itself."""
        command = [str(self._programs() / program), *arguments]
        if AS_ROOT:
            command = ["runuser", "-u", "postgres", "--", *command]
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        done = subprocess.run(
            command, cwd="/", env=plain, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if check and done.returncode:
            reason = done.stderr.decode(errors="replace").strip().replace("\n", " / ")
            raise Trouble(
                f"{program} failed ({reason or 'no reason given'}); its log {self.log} says: {complaint(self.log)}"
            )

    def _programs(self) -> Path:
        """Return the programs that fit the data: of the version that made it, or the newest when there is none yet."""
        versions = _installed_versions()
        made_by = self.data / "PG_VERSION"
        wanted = made_by.read_text().strip() if made_by.is_file() else max(versions, key=int)
        if wanted not in versions:
            raise Trouble(
                f"{self.data} was made by PostgreSQL {wanted}: install postgresql-{wanted}, or remove the directory."
            )
        return versions[wanted]


def _shared_memory_serves() -> bool:
    """Tell whether /dev/shm is open to everyone and large enough for parallel queries; in containers it may not be."""
    place = Path("/dev/shm")
    return place.is_dir() and bool(place.stat().st_mode & 0o002) and shutil.disk_usage(place).total >= 2**28


def _installed_versions() -> dict[str, Path]:
    return {path.parent.parent.name: path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
