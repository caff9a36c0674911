"""What calls cost of Google's quota."""

from __future__ import annotations

# Gmail: quota units of 2026-05-01, as its usage-limits page lists them. Older projects pay 5 for
# messages.get, so this errs on the dear side. Calendar counts requests, not units.
PRICES: dict[str, int] = {
    "gmail.users.getProfile": 1,
    "gmail.users.history.list": 2,
    "gmail.users.messages.get": 20,
    "gmail.users.messages.list": 5,
    "gmail.users.messages.send": 100,
    "calendar.events.list": 1,
}
