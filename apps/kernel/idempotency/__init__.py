"""Repeated requests: one effect and one answer for one Idempotency-Key. `answers.answer_once` is the whole of it."""
