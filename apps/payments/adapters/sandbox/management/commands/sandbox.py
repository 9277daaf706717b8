"""`manage.py sandbox`: pay out, and let the sandbox misbehave."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.weather import make_weather


class Command(BaseCommand):
    help = "Pay out the sandbox's balance, or say how it treats calls and webhooks from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("payout", help="pay out what has come together")
        weather = deeds.add_parser("weather", help="misbehave; without options all goes well again")
        weather.add_argument("--lose", type=float, default=0.0, help="the share of webhooks that is lost, 0 to 1")
        weather.add_argument("--delay", type=int, default=0, help="seconds by which webhooks are late")
        weather.add_argument("--copies", type=int, default=1, help="how often each webhook is sent")
        weather.add_argument("--reorder", action="store_true", help="send webhooks out of order")
        weather.add_argument("--ambiguous", type=int, default=0, help="so many calls are done, but never answered")
        weather.add_argument("--unavailable", type=int, default=0, help="so many calls are refused")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["deed"] == "payout":
            for payout in pay_out():
                self.stdout.write(f"{payout.pk}: {payout.amount:f} {payout.currency}")
            return
        make_weather(
            lose=options["lose"],
            delay_seconds=options["delay"],
            copies=options["copies"],
            reorder=options["reorder"],
            ambiguous=options["ambiguous"],
            unavailable=options["unavailable"],
        )
        self.stdout.write("So be it.")
