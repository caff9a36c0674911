"""Run the stand-in by hand: `python -m connectors.standin --end 2026-11-02`."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.standin import World, serve

_SCOPES = (
    "https://www.googleapis.com/auth/gmail.metadata",
    "https://www.googleapis.com/auth/calendar.events.readonly",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
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
    said = parser.parse_args()
    try:
        with serve(World.build(said.end, said.seed), said.port) as google:
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
