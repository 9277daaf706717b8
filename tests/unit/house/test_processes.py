"""The Procfile becomes supervisor's configuration, and what runs by it can be watched, killed and stopped."""

import configparser
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treum_project import processes
from treum_project.processes import (
    Process,
    ProcessesError,
    Supervisor,
    configuration,
    expanded,
    marked,
    read_procfile,
    read_variables,
    socket_path,
)

ROOT = Path(__file__).resolve().parent.parent.parent.parent
VALUE = """100% of it, "quoted", it's # all ; there\n\tin two lines"""
SLEEPER = Process("sleeper", f"{sys.executable} -c 'import time; print(\"awake\", flush=True); time.sleep(600)'")


def parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(text)
    return parser


def eventually(holds: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_the_procfile_names_every_process_of_the_design() -> None:
    assert [process.name for process in read_procfile(ROOT / "Procfile")] == [
        "web", "stream", "relay", "intake", "worker-signals", "worker-trading", "worker-notifications", "worker-core",
        "beat", "flower", "ticker",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("relay python -m workers.relay\n", id="no colon"),
        pytest.param("relay: a\nrelay: b\n", id="the same name twice"),
        pytest.param("relay:\n", id="no command"),
    ],
)
def test_a_spoiled_procfile_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "Procfile").write_text(text)
    with pytest.raises(ProcessesError, match=r"Procfile line \d"):
        read_procfile(tmp_path / "Procfile")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("serve $PORT", "serve 3001", id="plain"),
        pytest.param("serve ${PORT:-3000}", "serve 3001", id="given beats default"),
        pytest.param("serve ${OTHER:-3000}", "serve 3000", id="default"),
        pytest.param("serve ${EMPTY:-3000}", "serve 3000", id="an empty value counts as not given"),
        pytest.param("serve ${OTHER}", "serve ", id="neither"),
        pytest.param("serve ${TITLE}", "serve 'a b; rm'", id="a value stays one word and no shell reads it"),
    ],
)
def test_variables_of_a_command_are_filled_in(command: str, expected: str) -> None:
    environment = {"PORT": "3001", "EMPTY": "", "TITLE": "a b; rm"}
    assert expanded(command, environment=environment) == expected


def test_workers_get_longer_to_stop_than_others(tmp_path: Path) -> None:
    text = parsed(configuration(read_procfile(ROOT / "Procfile"), directory=tmp_path))
    assert text["program:worker-trading"]["stopwaitsecs"] == "40"
    assert text["program:relay"]["stopwaitsecs"] == "15"
    assert {text[name]["autorestart"] for name in text.sections() if name.startswith("program:")} == {"true"}


def test_a_command_that_supervisor_would_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcessesError, match="comment"):
        configuration([Process("cut", "echo a ; echo b")], directory=tmp_path)


def test_what_is_echoed_keeps_its_errors_apart(tmp_path: Path) -> None:
    text = parsed(configuration([SLEEPER, Process("other", "true")], directory=tmp_path, echo=("sleeper",)))
    assert text["program:sleeper"]["stderr_logfile"] == f"{tmp_path}/log/sleeper.errors.log"
    assert text["program:other"]["redirect_stderr"] == "true"


def test_a_deep_directory_gets_a_short_socket(tmp_path: Path) -> None:
    assert socket_path(tmp_path / ("d" * 120)).parent != tmp_path
    assert len(str(socket_path(tmp_path / ("d" * 120)))) < processes.LONGEST_SOCKET_PATH


def test_an_environment_file_is_read_without_its_quotes_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\nexport A='1'\nB=x=y\n\n")
    assert read_variables(file) == {"A": "1", "B": "x=y"}
    assert read_variables(tmp_path / "none") == {}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    text = configuration([SLEEPER], directory=tmp_path, environment={"GIVEN": VALUE}, echo=("sleeper",))
    supervisor = Supervisor(text, directory=tmp_path)
    supervisor.start()
    yield supervisor
    supervisor.stop(patience=10)


def test_a_killed_process_comes_back_and_stop_leaves_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    first = supervisor.kill("sleeper")
    assert eventually(lambda: supervisor.pids().get("sleeper", first) != first)
    environment = Path(f"/proc/{supervisor.pids()['sleeper']}/environ")  # empty between its fork and its exec
    assert eventually(lambda: f"GIVEN={VALUE}".encode() in environment.read_bytes().split(b"\0"))
    supervisor.stop()
    assert not supervisor.is_running()
    assert not marked(tmp_path)
    assert not socket_path(tmp_path).exists()


def test_a_process_can_be_stopped_and_started_alone(supervisor: Supervisor) -> None:
    supervisor.stop_process("sleeper")
    assert supervisor.states() == {"sleeper": "STOPPED"}
    assert supervisor.pids() == {}
    supervisor.start_process("sleeper")
    assert eventually(lambda: "sleeper" in supervisor.pids())


def test_a_second_supervisor_of_the_same_directory_is_refused(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(ProcessesError, match="make stop"):
        Supervisor(supervisor.text, directory=tmp_path).start()


def test_a_supervisor_that_does_not_end_is_killed_and_leaves_no_zombie(supervisor: Supervisor, tmp_path: Path) -> None:
    pid = int((tmp_path / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    supervisor.stop(patience=0.2)
    assert not Path(f"/proc/{pid}").exists()
    assert not marked(tmp_path)


def test_what_a_killed_supervisor_left_is_swept_at_the_next_stop(supervisor: Supervisor, tmp_path: Path) -> None:
    os.kill(int((tmp_path / "supervisord.pid").read_text()), 9)
    assert eventually(lambda: not supervisor.is_running())
    Supervisor(directory=tmp_path).stop()
    assert not marked(tmp_path)
