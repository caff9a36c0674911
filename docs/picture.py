"""Take a picture of a report: `python docs/picture.py REPORT.html OUT.png [--width 700] [--dark]`.

The page is opened in headless Chromium at the width given, and the picture is as high as the page.
`--dark` shows it as a reader who prefers dark sees it; `--inverted` turns the colours round, as
some mail programs do.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
)
# The page stands in a frame, which may be narrower than the 500 pixels a window has at least.
_FRAME = """<!doctype html><html><body style="margin:0">
<iframe id="page" src="page.html" style="border:0;display:block;width:{width}px;height:{height}px">
</iframe><script>
addEventListener("load", () => {{
  const root = document.getElementById("page").contentDocument.documentElement;
  document.body.dataset.size = root.scrollWidth + "x" + root.scrollHeight;
}});
</script></body></html>"""
_INVERTED = "<style>html { background: #fff; filter: invert(1) hue-rotate(180deg); }</style></head>"

Open = Callable[..., str]


def browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def measure(page: str, *, width: int) -> tuple[int, int]:
    """How wide and high an HTML page is, in pixels, where `width` is offered to it."""
    with _opener(page, width=width) as show:
        return _size(show)


def take(page: str, out: Path, *, width: int, dark: bool = False, inverted: bool = False) -> None:
    """Write the picture of an HTML page to `out`."""
    if inverted:
        page = page.replace("</head>", _INVERTED, 1)
    with _opener(page, width=width, dark=dark) as show:
        _, height = _size(show)
        show(height, f"--screenshot={out.resolve()}")


def _size(show: Open) -> tuple[int, int]:
    found = re.search(r'data-size="(\d+)x(\d+)"', show(100, "--dump-dom"))
    if found is None:
        raise RuntimeError("the browser did not say how large the page is")
    return int(found[1]), int(found[2])


@contextmanager
def _opener(page: str, *, width: int, dark: bool = False) -> Iterator[Open]:
    """Lend a function that opens the page in a window of a height, and returns what is printed."""
    path = browser()
    if path is None:
        raise RuntimeError(f"no browser found: install one of {', '.join(_BROWSERS)}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        frame = folder / "frame.html"
        (folder / "page.html").write_text(page, encoding="utf-8")
        command = [path, *_OPTIONS, f"--user-data-dir={folder / 'profile'}"]
        # 0 is dark, 1 is light.
        command.append(f"--blink-settings=preferredColorScheme={0 if dark else 1}")

        def show(height: int, what: str) -> str:
            frame.write_text(_FRAME.format(width=width, height=height), encoding="utf-8")
            done = subprocess.run(
                [*command, f"--window-size={width},{height}", what, frame.as_uri()],
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            )
            return done.stdout

        yield show


def main() -> None:
    """Read the arguments and take the picture."""
    parser = argparse.ArgumentParser(description="Take a picture of a report.")
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=700)
    parser.add_argument("--dark", action="store_true", help="as a reader who prefers dark sees it")
    parser.add_argument("--inverted", action="store_true", help="colours turned round")
    given = parser.parse_args()
    page = given.report.read_text(encoding="utf-8")
    try:
        take(page, given.out, width=given.width, dark=given.dark, inverted=given.inverted)
    except (RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"{given.out} could not be made: {error}")


if __name__ == "__main__":
    main()
