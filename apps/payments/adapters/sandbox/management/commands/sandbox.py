"""`manage.py sandbox`: pay out, and let the sandbox misbehave."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.payments.adapters.sandbox.apps import is_open
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.weather import let_calls, let_webhooks


class Command(BaseCommand):
    """What the sandbox does when somebody says so."""

    help = "Pay out the sandbox's balance, or say how it treats calls and webhooks from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what is to be done."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("payout", help="pay out what has come together")
        webhooks = deeds.add_parser("webhooks", help="tell badly of what happens; without options all goes well again")
        webhooks.add_argument("--lose", type=float, default=0.0, help="the share that is lost, 0 to 1")
        webhooks.add_argument("--delay", type=int, default=0, help="how many seconds each is late")
        webhooks.add_argument("--double", type=int, default=1, help="how often each is sent")
        webhooks.add_argument("--reorder", action="store_true", help="send them out of order, over three seconds")
        webhooks.add_argument("--seed", type=int, default=0, help="the same seed chooses the same ones")
        calls = deeds.add_parser("calls", help="answer the next calls badly; without options all goes well again")
        calls.add_argument("--ambiguous", type=int, default=0, help="so many are done, but never answered")
        calls.add_argument("--unavailable", type=int, default=0, help="so many are refused before that")

    def handle(self, *args: Any, deed: str, **options: Any) -> None:
        """Do it."""
        if not is_open():
            raise CommandError("The sandbox does not collect the money here (TREUM_PAYMENTS_PROVIDER).")
        try:
            self.stdout.write(_DEEDS[deed](options))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error


def _payout(options: dict[str, Any]) -> str:
    paid = [f"{payout.pk}: {payout.amount:f} {payout.currency}" for payout in pay_out()]
    return "\n".join(paid) or "There is nothing to pay out."


def _webhooks(options: dict[str, Any]) -> str:
    let_webhooks(
        lose=options["lose"],
        delay_seconds=options["delay"],
        copies=options["double"],
        reorder=options["reorder"],
        seed=options["seed"],
    )
    return (
        f"Webhooks: {options['lose']:.0%} lost, {options['delay']} s late, sent {options['double']} times, "
        f"{'out of' if options['reorder'] else 'in'} order."
    )


def _calls(options: dict[str, Any]) -> str:
    let_calls(ambiguous=options["ambiguous"], unavailable=options["unavailable"])
    return f"Calls: {options['unavailable']} refused, {options['ambiguous']} without an answer; then all goes well."


_DEEDS = {"payout": _payout, "webhooks": _webhooks, "calls": _calls}
