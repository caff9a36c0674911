"""How long a test waits for what must come: more than any step takes on the busiest machine.

A test waits for the condition itself; this only ends one that would wait for ever.
"""

from __future__ import annotations

LONG_SECONDS = 120.0
