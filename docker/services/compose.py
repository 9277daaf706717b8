"""The same services from the compose file, where a Docker engine answers."""

import hashlib
import shutil
import subprocess

from house import HERE, ROOT, House, Trouble, write_private

SERVICES = ("postgres", "rabbitmq", "redis")


class Compose:
    """PostgreSQL, RabbitMQ and Redis in containers whose ports are published on loopback."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.project = f"treum-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
        self.variables = HERE / "compose.env"

    @staticmethod
    def available() -> bool:
        """Tell whether a Docker engine answers and knows `compose`."""
        if shutil.which("docker") is None:
            return False
        asked = [["docker", "info"], ["docker", "compose", "version"]]
        try:
            return all(subprocess.run(question, capture_output=True, timeout=10).returncode == 0 for question in asked)
        except (OSError, subprocess.TimeoutExpired):
            return False

    @property
    def urls(self) -> dict[str, str]:
        """Return the URLs of the published ports."""
        port, secret = self.house.port, self.house.secret
        broker = f"treum:{secret('rabbitmq')}@127.0.0.1"
        return {
            "DATABASE_URL": f"postgres://treum:{secret('postgresql')}@127.0.0.1:{port('postgresql')}/treum_users",
            "RABBITMQ_URL": f"amqp://{broker}:{port('rabbitmq')}//",
            "RABBITMQ_MANAGEMENT_URL": f"http://{broker}:{port('rabbitmq-management')}",
            "REDIS_URL": f"redis://:{secret('redis')}@127.0.0.1:{port('redis')}/0",
        }

    def start(self) -> None:
        """Bring the containers up and wait until they are healthy."""
        house = self.house
        variables = {
            "POSTGRES_PORT": house.port("postgresql"),
            "RABBITMQ_PORT": house.port("rabbitmq"),
            "RABBITMQ_MANAGEMENT_PORT": house.port("rabbitmq-management"),
            "REDIS_PORT": house.port("redis"),
            "POSTGRES_PASSWORD": house.secret("postgresql"),
            "RABBITMQ_PASSWORD": house.secret("rabbitmq"),
            "REDIS_PASSWORD": house.secret("redis"),
        }
        write_private(self.variables, "".join(f"{name}={value}\n" for name, value in variables.items()))
        done = self._compose("up", "--detach", "--wait", "--quiet-pull", *SERVICES)
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise Trouble(
                f"docker compose could not start the services ({lines[-1]}): run `docker compose logs` to see why."
            )

    def stop(self) -> None:
        """Stop the containers; their volumes stay."""
        self._compose("stop")

    def _compose(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        where = [
            "--project-name",
            self.project,
            "--env-file",
            str(self.variables),
            "--file",
            str(ROOT / "docker-compose.yml"),
        ]
        return subprocess.run(
            ["docker", "compose", *where, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
