"""`manage.py seed_demo`: demo logins, followers and a replay, then where to look."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.kernel.errors import TreumError
from treum_project.demo.followers import TRADER
from treum_project.demo.live import STAFF, seed_live
from treum_project.demo.options import DemoOptions
from treum_project.env import env

WHERE = """
  API docs   http://127.0.0.1:{web}/api/docs/
  Admin      http://127.0.0.1:{web}/admin/     {staff}  {password}
  Flower     http://127.0.0.1:{flower}/           {flower_login}
  Trader     POST http://127.0.0.1:{web}/api/v1/auth/app/v1/auth/login   {trader}  {password}
  Mails      {mails}

A line for each signal follows as soon as its followers have their decisions. Ctrl-C stops everything.
"""


class Command(BaseCommand):
    help = "Seed the live demo where it is not seeded yet, start or continue its replay, and print where to look."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seed_live(DemoOptions.read(), tell=self.stdout.write)
        except TreumError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            WHERE.format(
                web=os.environ.get("PORT", "3000"),
                flower=os.environ.get("FLOWER_PORT", "5555"),
                staff=STAFF,
                trader=TRADER,
                mails=settings.EMAIL_FILE_PATH or f"by SMTP to {settings.EMAIL_HOST}",
                password=settings.TREUM_DEMO_PASSWORD,
                flower_login=env.str("FLOWER_BASIC_AUTH", default="see FLOWER_BASIC_AUTH"),
            )
        )
