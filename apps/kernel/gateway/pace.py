"""Answers that tell nothing by their time: they leave a whole number of steps after the request came."""

import time


def wait_for_step(began: float, *, step: float) -> None:
    """Sleep until the next multiple of `step` seconds after `began`, a reading of `time.monotonic`.

    What an address's work takes is then seen in steps only, so that known and unknown take the same time as long as
    both fit into one.
    """
    time.sleep(-(time.monotonic() - began) % step)
