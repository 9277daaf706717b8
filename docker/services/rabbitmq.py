"""A private RabbitMQ of this checkout, with a node name, a cookie and an epmd of its own, on loopback only."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import answers
from house import ROOT, House, Trouble, write_private
from processes import complaint, end, living_in, name_of, wait_until

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
PORTS = ("rabbitmq", "rabbitmq-management", "rabbitmq-prometheus", "rabbitmq-distribution", "epmd")
USER = "treum"
COMMON = ROOT / "docker" / "rabbitmq"
SETTINGS = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {prometheus}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 3
"""


class RabbitMQ:
    """One node, `treum@localhost`; another checkout's node of that name is known to another epmd."""

    title = "RabbitMQ"
    packages = (("rabbitmq-server",),)

    def __init__(self, house: House) -> None:
        self.house = house
        self.home = house.directory / "rabbitmq"
        self.log = self.home / "log" / "console"
        self.complete = self.home / "complete"

    @property
    def urls(self) -> dict[str, str]:
        """Return where messages go, and where the management interface answers."""
        login = f"{USER}:{self.house.secret('rabbitmq')}@127.0.0.1"
        return {
            "RABBITMQ_URL": f"amqp://{login}:{self.house.port('rabbitmq')}//",
            "RABBITMQ_MANAGEMENT_URL": f"http://{login}:{self.house.port('rabbitmq-management')}",
        }

    @staticmethod
    def installed() -> bool:
        """Tell whether the server's programs are on this machine."""
        return (PROGRAMS / "rabbitmq-server").exists() and shutil.which("epmd") is not None

    def start(self) -> None:
        """Start the node and wait until it takes connections; what a killed node left running is ended first."""
        if living_in(self.home) and answers.all_ready(self.urls):
            return
        end(self.home, patience=2)
        self.house.move_taken_ports(*PORTS)
        if not self.complete.exists():  # a first start that was interrupted leaves half a database
            shutil.rmtree(self.home / "mnesia", ignore_errors=True)
        self._write_settings()
        self._spawn("epmd", "-address", "127.0.0.1", "-port", str(self.house.port("epmd")))
        node = self._spawn(str(PROGRAMS / "rabbitmq-server"))
        deadline = time.monotonic() + 120
        while not answers.all_ready(self.urls):
            if node.poll() is not None or time.monotonic() > deadline:
                end(self.home, patience=2)
                raise Trouble(f"RabbitMQ did not start; its log {self.log} says: {complaint(self.log)}")
            time.sleep(0.1)
        self.complete.touch()

    def stop(self) -> None:
        """Stop the node in good order, which takes some seconds, and then its helpers and epmd."""
        for node in self._nodes():
            os.kill(node, signal.SIGTERM)
        wait_until(lambda: not self._nodes(), seconds=30)
        end(self.home, patience=3)

    def _nodes(self) -> list[int]:
        """Return the Erlang machines of this home. Its helpers must outlive them: without them a node crashes."""
        return [pid for pid in living_in(self.home) if name_of(pid).startswith("beam")]

    def _write_settings(self) -> None:
        for name in ("log", "mnesia", "schema"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        (self.home / "pid").unlink(missing_ok=True)
        settings = SETTINGS.format(
            amqp=self.house.port("rabbitmq"),
            prometheus=self.house.port("rabbitmq-prometheus"),
            management=self.house.port("rabbitmq-management"),
            user=USER,
            password=self.house.secret("rabbitmq"),
        )
        write_private(self.home / "rabbitmq.conf", (COMMON / "treum.conf").read_text() + settings)
        shutil.copy(COMMON / "enabled_plugins", self.home)

    def _spawn(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a process of its own session whose working directory says whose it is."""
        with (self.home / "log" / "console").open("ab") as console:
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """Return an environment in which no wrapper, system-wide file or other node plays a part."""
        foreign = ("RABBITMQ_", "ERL_", "ERLANG")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = {
            "PATH": f"{PROGRAMS}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.house.port("epmd")),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "treum@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.house.port("rabbitmq")),
            "RABBITMQ_DIST_PORT": str(self.house.port("rabbitmq-distribution")),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.home / "mnesia"),
            "RABBITMQ_SCHEMA_DIR": str(self.home / "schema"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
        }
        return inherited | own
