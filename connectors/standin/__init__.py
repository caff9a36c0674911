"""A loopback stand-in for Google: a made-up world, and a server that speaks Google's APIs.

The `demo` command and the tests run on it. `World.build(end)` makes a freelancer's mailbox and
calendar of three years, whose truth is known; `serve(world)` answers for Gmail, Calendar and
OAuth on 127.0.0.1. Nothing here ever leaves the machine.
"""

from __future__ import annotations

from connectors.standin.clock import Clock, VirtualClock
from connectors.standin.front import Google
from connectors.standin.mailbox import NEVER_READ
from connectors.standin.meter import Quota
from connectors.standin.mix import Kind
from connectors.standin.people import MAIL_HOSTS
from connectors.standin.server import serve
from connectors.standin.truth import Truth
from connectors.standin.world import World

__all__ = [
    "MAIL_HOSTS",
    "NEVER_READ",
    "Clock",
    "Google",
    "Kind",
    "Quota",
    "Truth",
    "VirtualClock",
    "World",
    "serve",
]
