"""Where configuration comes from: the process environment, then `.env`, then what the private services wrote."""

from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent

env = environ.Env()

for _file in (ROOT / ".env", ROOT / ".services" / "env"):
    if _file.is_file():
        environ.Env.read_env(str(_file), overwrite=False)
