"""Timeout of tests that wait for a condition: longer than any step on the busiest machine."""

from __future__ import annotations

LONG_SECONDS = 120.0
