"""Showing a report in the owner's browser, as the mail will look."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

# Browsers that run within the terminal would take it over, and show little of a page.
_TEXT_BROWSERS = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})


def open_page(path: Path) -> bool:
    """Open a page on this machine. Return whether there was a browser that took it."""
    if not _has_screen():
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if getattr(browser, "name", "") in _TEXT_BROWSERS:
        return False
    return browser.open(path.absolute().as_uri(), new=1)


def _has_screen() -> bool:
    """Whether a browser has anywhere to show itself; $BROWSER says so by being there."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("BROWSER"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
