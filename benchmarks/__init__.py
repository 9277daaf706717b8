"""What was measured, against whom, and how to do it again: `python -m benchmarks`. See README.md."""
