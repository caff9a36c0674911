"""What the first and the second `beforehand sync` of an mbox cost, as whole processes.

    python bench/sync.py                                   # the largest of the shared mailboxes
    python bench/sync.py FILE.mbox[.gz] OWN-ADDRESS ...

Beside them in the same run: the floor that any command pays (`beforehand --version`), and as a
peer the standard library, which reads the same file with `mailbox.mbox` and parses From, To, Cc
and Date of each message with `email`, and keeps nothing. Python's compiled modules are kept in a
folder of their own and filled once before, as an installation would have them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.process_cost import ROOT, ProcessCost, least, run_process

ROUNDS = 3

_PEER = """
import mailbox, sys
from email.utils import getaddresses, parsedate_to_datetime
people = set()
for message in mailbox.mbox(sys.argv[1], create=False):
    for field in ("From", "To", "Cc"):
        people.update(a for _, a in getaddresses(map(str, message.get_all(field, []))))
    try:
        parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        pass
print(len(people))
"""


def measure(path: Path, addresses: list[str], folder: Path) -> dict[str, ProcessCost]:
    """The costs by name; the store lives in `folder`."""
    environment = os.environ | {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "BEFOREHAND_SECRETS": "file",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    store, config, plain = folder / "store.db", folder / "config.toml", folder / "plain.mbox"
    config.write_text(
        f'[owner]\nname = "Bench"\naddresses = {json.dumps(addresses)}\n'
        f"[store]\nurl = {json.dumps(f'sqlite:///{store}')}\n"
        f'[[sources]]\nid = "mail"\ntype = "mbox"\npath = {json.dumps(str(path))}\n',
        encoding="utf-8",
    )
    with path.open("rb") as raw, plain.open("wb") as out:  # the peer cannot read gzip
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        shutil.copyfileobj(gzip.GzipFile(fileobj=raw) if packed else raw, out)
    beforehand = [sys.executable, "-m", "beforehand", "--config", str(config)]
    version = [sys.executable, "-m", "beforehand", "--version"]
    peer = [sys.executable, "-c", _PEER, str(plain)]
    sync = [*beforehand, "sync"]
    for warm_up in (version, sync, sync):
        run_process(warm_up, environment)
    firsts = []
    for _ in range(ROUNDS):
        for file in folder.glob("store.db*"):
            file.unlink()
        firsts.append(run_process(sync, environment))
    return {
        "start-up (--version)": least([run_process(version, environment) for _ in range(ROUNDS)]),
        "second sync, nothing new": least([run_process(sync, environment) for _ in range(ROUNDS)]),
        "first sync": least(firsts),
        "standard library, reading only": least(
            [run_process(peer, environment) for _ in range(ROUNDS)]
        ),
    }


def largest() -> tuple[Path, list[str]] | None:
    """The largest of the shared mailboxes and its owner's addresses; None where there are none."""
    shared = Path(os.environ.get("BEFOREHAND_SHARED") or ROOT.parent / "shared")
    folder = shared / "data" / "mailboxes"
    if not (folder / "index.json").is_file():
        print(f"no mailboxes at {folder}: set BEFOREHAND_SHARED, or name an mbox file")
        return None
    listed = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    one = max(listed, key=lambda entry: entry["sent"] + entry["received"])
    return folder / one["file"], one["own_addresses"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", nargs="?", type=Path, help="an mbox file, plain or .gz")
    parser.add_argument("addresses", nargs="*", help="its owner's own addresses")
    asked = parser.parse_args()
    if asked.path is not None and not asked.addresses:
        parser.error("name the owner's own addresses after the file")
    chosen = largest() if asked.path is None else (asked.path.resolve(), asked.addresses)
    if chosen is None:
        return
    path, addresses = chosen
    with tempfile.TemporaryDirectory(prefix="beforehand-bench-") as folder:
        costs = measure(path, addresses, Path(folder))
        megabytes = (Path(folder) / "plain.mbox").stat().st_size / 1e6
    peer, floor = costs["standard library, reading only"], costs["start-up (--version)"]
    print(f"an mbox of {megabytes:.1f} MB; the best of {ROUNDS} runs each")
    print(f"{'':34}{'user+sys s':>11}{'wall s':>9}{'peak MB':>9}{'x peer':>9}{'- start-up':>12}")
    for name, cost in costs.items():
        print(
            f"{name:34}{cost.processor:11.2f}{cost.wall:9.2f}{cost.megabytes:9.0f}"
            f"{cost.processor / peer.processor:9.2f}{cost.processor - floor.processor:12.2f}"
        )


if __name__ == "__main__":
    main()
