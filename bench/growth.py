"""What a look at the network costs as the store grows to 4 and 16 times its size.

    python bench/growth.py                                        # a made-up mailbox
    python bench/growth.py --mailbox FILE.mbox[.gz] OWN-ADDRESS ...

7,300 messages (or those of FILE), and the same 4 and 16 times, with other people each time. Each
command is a process of its own: processor time in seconds, and memory in MB at its most. Beside
the growth from 4 to 16 times stand the growth of the messages and, as a floor, that of reading
every row of the store with sqlite3. The best of --rounds runs each.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.growing_mailbox import made_up_mail, repeated_mail
from tests.support.process_cost import ROOT, ProcessCost, least, run_process

SIZES = (1, 4, 16)
FLOOR = "every row, by sqlite3"
_READ_ALL = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
    for row in store.execute(f'SELECT * FROM "{name}"'):
        pass
"""


def configure(folder: Path, own: list[str]) -> Path:
    """Write a configuration that reads mail.mbox of a folder; return its path."""
    config, store = folder / "config.toml", folder / "store.db"
    mail = json.dumps(str(folder / "mail.mbox"))
    config.write_text(
        f'[owner]\nname = "Bench"\naddresses = {json.dumps(own)}\n'
        f"[store]\nurl = {json.dumps(f'sqlite:///{store}')}\n"
        f'[[sources]]\nid = "mail"\ntype = "mbox"\npath = {mail}\n',
        encoding="utf-8",
    )
    return config


def measure(config: Path, rounds: int) -> tuple[int, dict[str, ProcessCost]]:
    """Return the number of messages in the store after a sync, and the cost of each command."""
    folder = config.parent
    environment = os.environ | {
        "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled"),
        "BEFOREHAND_SECRETS": "file",
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    command = [sys.executable, "-m", "beforehand", "--config", str(config)]
    run_process([*command, "sync"], environment)
    listed = subprocess.run(
        [*command, "people", "--json"], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    somebody = json.loads(listed.stdout)[0]["handles"][0]
    with closing(sqlite3.connect(folder / "store.db")) as store:
        ((messages,),) = store.execute("SELECT count(*) FROM interaction")
    words = {
        "people": ["people"],
        "why PERSON": ["why", somebody],
        "report": ["report"],
        "network": ["network"],
        "export": ["export"],
        "replay": ["replay", "--json"],
        "sync again": ["sync"],
    }
    costs = {
        name: least([run_process([*command, *more], environment) for _ in range(rounds)])
        for name, more in words.items()
    }
    floor = [sys.executable, "-c", _READ_ALL, str(folder / "store.db")]
    costs[FLOOR] = least([run_process(floor, environment) for _ in range(rounds)])
    return messages, costs


def main() -> None:
    """Measure all sizes, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mailbox", type=Path, help="an mbox file, plain or .gz")
    parser.add_argument("own", nargs="*", help="its owner's own addresses")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    if given.mailbox is not None and not given.own:
        parser.error("name the owner's own addresses after the file")
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    own = given.own or ["ada@example.org"]
    measured: list[tuple[int, dict[str, ProcessCost]]] = []
    with tempfile.TemporaryDirectory(prefix="beforehand-growth-") as base:
        for size in given.sizes:
            folder = Path(base) / str(size)
            folder.mkdir()
            if given.mailbox is None:
                mail = iter(made_up_mail(size, until))
            else:
                mail = repeated_mail(given.mailbox.resolve(), own, size)
            with (folder / "mail.mbox").open("w", encoding="utf-8", errors="replace") as file:
                file.writelines(f"{message}\n" for message in mail)
            measured.append(measure(configure(folder, own), given.rounds))
    table(measured)


def table(measured: list[tuple[int, dict[str, ProcessCost]]]) -> None:
    """Print the costs at each size, and how they grow from the last size but one to the last."""
    messages = [count for count, _ in measured]
    heads = "".join(f"{f'{count:,} messages':>22}" for count in messages)
    print(f"{'user+sys s (peak MB)':24}{heads}{'growth at the end':>20}")
    for name in measured[0][1]:
        costs = [by_name[name] for _, by_name in measured]
        cells = "".join(f"{f'{cost.processor:.2f} ({cost.megabytes:.0f})':>22}" for cost in costs)
        print(f"{name:24}{cells}{_growth([cost.processor for cost in costs]):>20}")
    print(f"{'messages':24}{'':{22 * len(messages)}}{_growth([float(n) for n in messages]):>20}")


def _growth(values: list[float]) -> str:
    return f"x {values[-1] / values[-2]:.2f}" if len(values) > 1 else ""


if __name__ == "__main__":
    main()
