"""Measurements: ``make bench`` (``python -m tests.bench``). Ratios to a reference of the same run."""
