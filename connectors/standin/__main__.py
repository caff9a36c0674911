"""Run the stand-in by hand: `python -m connectors.standin --quota new --faults 0.1`."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.standin import Quota, build_world, serve
from connectors.standin.world.churn import churn

_SCOPES = (
    "https://www.googleapis.com/auth/gmail.metadata",
    "https://www.googleapis.com/auth/calendar.events.readonly",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
)


def _count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return int(text)


def _share(text: str) -> float:
    """A share from 0 to 1."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share from 0 to 1")
    return share


def _add_trouble(parser: argparse.ArgumentParser) -> None:
    """The options that make the stand-in as large, strict and unreliable as the real one."""
    parser.add_argument("--people", type=_count, default=1, help="so many times the ties")
    parser.add_argument("--noise", type=_count, default=1, help="so many times the newsletters")
    parser.add_argument(
        "--quota",
        choices=[each.name.lower() for each in Quota],
        help="units a minute as for a new project (6000) or an old one (15000); default: no limit",
    )
    parser.add_argument("--in-flight", type=_count, metavar="N", help="most calls at once")
    parser.add_argument(
        "--churn", type=_count, metavar="N", help="change the mailbox with every N-th call"
    )
    parser.add_argument(
        "--faults",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="let this share of the calls meet a fault, 0 to 1 (default: none)",
    )


def main() -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.standin",
        description="A made-up mailbox and calendar behind Google's APIs, on this machine only.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument(
        "--end",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        help="the day on which the story ends, put back to a Monday (default: today)",
    )
    parser.add_argument("--seed", type=int, default=7, help="another seed, another world")
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="write an authorized-user file for gmail.metadata and the calendar there",
    )
    _add_trouble(parser)
    said = parser.parse_args()
    try:
        world = build_world(said.end, said.seed, people=said.people, noise=said.noise)
        quota = Quota[said.quota.upper()] if said.quota else None
        with serve(world, said.port, quota=quota, in_flight=said.in_flight) as google:
            google.authority.asks = True  # people come with a browser
            if said.churn:
                churn(world, said.seed, every=said.churn)
            google.faults.mix(said.faults, seed=said.seed)
            sys.stdout.write(f"{google.url}\n")
            if said.credentials is not None:
                said.credentials.touch(mode=0o600)
                said.credentials.write_text(json.dumps(google.credentials(_SCOPES), indent=2))
                sys.stdout.write(f"credentials in {said.credentials}\n")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
