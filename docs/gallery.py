"""Pictures of a report of each kind, with made-up people: `python docs/gallery.py FOLDER`.

Each kind on a phone, on a desk, in the dark and with its colours turned round, beside its text.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import picture  # noqa: E402 - found by the lines above

from report import render  # noqa: E402 - as above
from report.text.language import use_locale  # noqa: E402 - as above
from tests.support.sample_reports import KINDS  # noqa: E402 - as above

_VIEWS: dict[str, dict[str, int | bool]] = {
    "375": {"width": 375},
    "700": {"width": 700},
    "dark": {"width": 375, "dark": True},
    "inverted": {"width": 375, "inverted": True},
}


def main() -> None:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description="Pictures of a report of each kind.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=sorted(KINDS), action="append")
    parser.add_argument("--locale", default="en_GB")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with use_locale(given.locale):
        for kind in given.kind or KINDS:
            view = KINDS[kind]()
            page = render.html(view)
            (given.folder / f"{kind}.html").write_text(page, encoding="utf-8")
            (given.folder / f"{kind}.txt").write_text(render.text(view), encoding="utf-8")
            for name, how in _VIEWS.items():
                picture.take(page, given.folder / f"{kind}-{name}.png", **how)
    print(f"the pictures are in {given.folder}")


if __name__ == "__main__":
    main()
