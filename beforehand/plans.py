"""The plan of a long sync in words: for the terminal and for `doctor`."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.api import Plan

_MINUTE, _HOUR = 60, 3600


def describe_plan(plan: Plan) -> str:
    """Say what is to be read, what it costs, how long it takes, and what is left unread.

    Empty where there is nothing to read.
    """
    if not plan.wanted:
        return ""
    parts = [f"{plan.listed:,} messages are there"]
    if plan.known:
        parts.append(f"{plan.known:,} are known")
    text = f"{', '.join(parts)}; {plan.wanted:,} to read, people's and the newest first"
    if plan.units:
        text += f", for {plan.units:,} units of the quota ({describe_duration(plan.seconds_left)})"
    left = describe_unread(plan.unread)
    return f"{text}; {left}" if left else text


def describe_remaining(plan: Plan) -> str:
    """Say what of it is still to be read; empty once it is done."""
    if plan.done:
        return ""
    left = describe_duration(plan.seconds_left)
    return f"{plan.wanted - plan.read:,} messages still to read, {left}"


def describe_unread(reasons: Mapping[str, int]) -> str:
    """Say what is left unread on purpose: "6,818 left unread (2,114 promotions, ...)"; or ""."""
    count = sum(reasons.values())
    if not count:
        return ""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return f"{count:,} left unread ({', '.join(f'{n:,} {why}' for why, n in ordered)})"


def describe_duration(seconds: float) -> str:
    """Say about how long that is: "under a minute", "about 39 minutes", "about 5 hours"."""
    if seconds < _MINUTE:
        return "under a minute"
    if seconds < 2 * _HOUR:
        minutes = round(seconds / _MINUTE)
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"
    return f"about {round(seconds / _HOUR)} hours"
