"""Kills `beforehand sync` at random moments, runs it again, and compares the stores.

    python bench/torture.py [--times 50] [--source mbox|google] [--seed 1]

For a made-up archive of 12,000 messages, and for a backfill of mail and calendar from the
stand-in for Google. Without --source, both. Prints one line for each and ends with 0 only where
every store that was disturbed says the same as one that was not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors.standin import World, serve
from tests.sync.killing import ADA, Ordeal, torture, write_mbox

_MESSAGES = 12_000
_SCOPES = (
    "https://www.googleapis.com/auth/gmail.metadata",
    "https://www.googleapis.com/auth/calendar.events.readonly",
)


@contextmanager
def archive(folder: Path, seed: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A made-up mbox: its source as TOML, and the owner's addresses."""
    path = folder / "archive.mbox"
    write_mbox(path, _MESSAGES, seed)
    source = f'[[sources]]\nid = "old-mail"\ntype = "mbox"\npath = {json.dumps(str(path))}\n'
    yield source, (ADA,)


@contextmanager
def google(folder: Path, seed: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The stand-in's mail and calendar."""
    world = World.build(end=datetime.now(UTC).date(), seed=seed)
    path = folder / "credentials.json"
    with serve(world) as server:
        path.write_text(json.dumps(server.credentials(_SCOPES)), encoding="utf-8")
        path.chmod(0o600)
        more = {"mail": "units_per_minute = 1000000\n", "calendar": ""}
        yield (
            "".join(
                f'[[sources]]\nid = "{key}"\ntype = "{kind}"\napi_endpoint = "{server.url}"\n'
                f"credentials = {json.dumps(str(path))}\n{more[key]}"
                for key, kind in (("mail", "gmail"), ("calendar", "google_calendar"))
            ),
            tuple(world.owner.addresses),
        )


def main() -> int:
    """Torture what was asked for; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=50, help="how many kills for each source")
    parser.add_argument("--source", choices=["mbox", "google"], help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    worlds = {"mbox": archive, "google": google}
    fine = True
    for name in [asked.source] if asked.source else list(worlds):
        with (
            tempfile.TemporaryDirectory(prefix="beforehand-torture-") as folder,
            worlds[name](Path(folder), asked.seed) as (source, addresses),
        ):
            result = torture(Path(folder) / "houses", source, asked.times, asked.seed, addresses)
        print(_line(name, result), flush=True)
        fine = fine and result.equal
    return 0 if fine else 1


def _line(name: str, result: Ordeal) -> str:
    verdict = "yes" if result.equal else f"NO ({result.trouble})"
    return (
        f"{name}: {result.kills} kills, store equal to an undisturbed one: {verdict} "
        f"({result.in_the_middle} of them in the middle of writing, {result.stores} stores of "
        f"{result.interactions:,} interactions)"
    )


if __name__ == "__main__":
    sys.exit(main())
