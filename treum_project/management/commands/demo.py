"""`manage.py demo`: the main job once, to the end, through the real processes and queues, on a stage of its own."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.kernel.errors import TreumError
from treum_project.demo.options import DemoOptions
from treum_project.stage import Stage, StageError


class Command(BaseCommand):
    help = "Run the main job once and report: CANDLES SYMBOL TIMEFRAME STRATEGY FOLLOWERS BARS REPORT choose the input."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            DemoOptions.read()
            with Stage(tell=self.stdout.write) as stage:
                stage.start()
                code = stage.run("manage.py", "demo_story").returncode
        except (TreumError, StageError) as error:
            self.stderr.write(str(error))
            code = 2
        except KeyboardInterrupt:
            self.stderr.write("Stopped; the stage is cleared away.")
            code = 130
        sys.exit(code)
