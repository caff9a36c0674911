"""Runs `beforehand` with waits of a twentieth of their length.

For tests in which a process meets hundreds of faults, or is killed:
`python -m tests.support.fast_waits sync`.
"""

from __future__ import annotations

import threading

_FASTER = 20.0
_wait = threading.Event.wait


def _wait_faster(self: threading.Event, timeout: float | None = None) -> bool:
    return _wait(self, None if timeout is None else timeout / _FASTER)


if __name__ == "__main__":
    threading.Event.wait = _wait_faster  # type: ignore[method-assign]
    from beforehand.cli import main

    main()
