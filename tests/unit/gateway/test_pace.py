"""Answers leave in steps, however long the work took."""

import time

import pytest

from apps.kernel.gateway.pace import wait_for_step

STEP = 0.05


@pytest.mark.parametrize(("worked", "steps"), [(0.0, 1), (0.02, 1), (0.06, 2), (0.13, 3)])
def test_an_answer_leaves_with_the_next_step(worked, steps):
    began = time.monotonic() - worked
    wait_for_step(began, step=STEP)
    took = time.monotonic() - began
    assert steps * STEP <= took < (steps + 1) * STEP
