"""`beforehand` as a process whose waits take a twentieth of their time.

For tests that let it meet faults by the hundred, and kill it:
`python -m tests.support.fast_waits sync`.
"""

from __future__ import annotations

import threading

_FASTER = 20.0
_wait = threading.Event.wait


def _hurried(self: threading.Event, timeout: float | None = None) -> bool:
    return _wait(self, None if timeout is None else timeout / _FASTER)


if __name__ == "__main__":
    threading.Event.wait = _hurried  # type: ignore[method-assign]
    from beforehand.cli import main

    main()
