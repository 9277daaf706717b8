"""Gets PostgreSQL, RabbitMQ and Redis running for this checkout: `python3 docker/services start|stop|status|env`.

They come from the URLs in the environment, else from a Docker engine, else as private instances under `.services/`.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import answers
import packages
from compose import Compose
from house import ENVIRONMENT, ROOT, House, Trouble, choose_directory, one_at_a_time, settings_file, write_environment
from postgresql import PostgreSQL
from rabbitmq import RabbitMQ
from redis_server import Redis

NEEDED = ("DATABASE_URL", "RABBITMQ_URL", "REDIS_URL")
PRIVATE = (PostgreSQL, RabbitMQ, Redis)


def say(sentence: str) -> None:
    """Tell the person at the terminal something."""
    print(sentence, file=sys.stderr, flush=True)


def start() -> None:
    """Get the services running, from wherever they come, and write `.services/env`."""
    with one_at_a_time(say=say):
        given = given_urls()
        if given:
            return use_given(given)
        house = House.remembered()
        if house.kind and answers.all_ready(source(house).urls):
            return write_environment(house, source(house).urls)
        began = time.monotonic()
        prepare(house)
        source(house).start()
        write_environment(house, source(house).urls)
        say(f"Services are up ({house.kind}, {time.monotonic() - began:.1f} s).")


def stop() -> None:
    """Stop what was started here; services that came by URL are not ours to stop."""
    with one_at_a_time(say=say):
        house = House.remembered()
        if house.kind:
            source(house).stop()


def status() -> None:
    """Say of each service whether it answers; fail when one does not."""
    house = House.remembered()
    urls = given_urls() or (source(house).urls if house.kind else {})
    if not urls:
        raise Trouble("No services were started here yet: run `make services`.")
    states = {name: answers.READY[name](url) for name, url in urls.items()}
    for name, ready in states.items():
        print(f"{name.removesuffix('_URL').lower().replace('_', ' '):20} {'ready' if ready else 'does not answer'}")
    if not all(states.values()):
        raise Trouble("Not all services answer: run `make services`.")


def env() -> None:
    """Print the variables of `.services/env` for a shell: `eval "$(python3 docker/services env)"`."""
    if not ENVIRONMENT.is_file():
        raise Trouble("No services were started here yet: run `make services`.")
    lines = [line for line in ENVIRONMENT.read_text().splitlines() if "=" in line]
    print("\n".join("export {}='{}'".format(*line.split("=", 1)) for line in lines))


class Private:
    """The three private instances, started and stopped side by side."""

    def __init__(self, house: House) -> None:
        self.instances = [kind(house) for kind in PRIVATE]

    @property
    def urls(self) -> dict[str, str]:
        """Return the URLs of all instances."""
        return {name: url for instance in self.instances for name, url in instance.urls.items()}

    def start(self) -> None:
        """Start all; when several fail, tell of the first."""
        self._each(lambda instance: instance.start())

    def stop(self) -> None:
        """Stop all."""
        self._each(lambda instance: instance.stop())

    def _each(self, deed: Callable[[PostgreSQL | RabbitMQ | Redis], None]) -> None:
        with ThreadPoolExecutor(len(self.instances)) as pool:
            done = [pool.submit(deed, instance) for instance in self.instances]
        for each in done:
            each.result()


def source(house: House) -> Compose | Private:
    """Return what runs the services of that house."""
    return Compose(house) if house.kind == "docker" else Private(house)


def prepare(house: House) -> None:
    """Decide at the first start where services come from, install what is missing, and fix ports and passwords."""
    if not house.kind:
        house.kind = "docker" if Compose.available() else "private"
        house.directory = choose_directory(say=say)
    if house.kind == "docker" and not Compose.available():
        raise Trouble("The Docker engine that ran the services is gone: start it, or remove .services to do without.")
    if house.kind == "private":
        missing = [kind for kind in PRIVATE if not kind.installed()]
        if missing:
            say(f"Installing {', '.join(kind.title for kind in missing)} from Debian, once.")
            packages.install([choice for kind in missing for choice in kind.packages])
        house.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    _ = source(house).urls  # picks ports and passwords before anything needs them
    house.remember()


def given_urls() -> dict[str, str]:
    """Return the URLs that the environment or `.env` gives; all of them or none."""
    variables = {**settings_file(), **os.environ}
    given = {name: variables[name] for name in answers.READY if variables.get(name)}
    missing = [name for name in NEEDED if name not in given]
    if given and missing:
        raise Trouble(f"{' and '.join(given)} is set but {' and '.join(missing)} is not: set all three, or none.")
    return given


def use_given(given: dict[str, str]) -> None:
    """Use services that somebody else runs; they must answer."""
    silent = [name for name, url in given.items() if not answers.READY[name](url)]
    if silent:
        raise Trouble(f"Nothing answers at {' and '.join(silent)}: start that service, or unset the variable.")
    house = House.remembered()
    write_environment(house, source(house).urls if house.kind else {})


COMMANDS = {"start": start, "stop": stop, "status": status, "env": env}


def main(arguments: list[str]) -> int:
    """Run one command; troubles are one sentence and exit status 1."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        say(f"Usage: python3 {ROOT.name}/docker/services {'|'.join(COMMANDS)}")
        return 2
    try:
        COMMANDS[arguments[0]]()
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
