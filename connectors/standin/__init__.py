"""A loopback stand-in for Google: a made-up world, and a server that speaks Google's APIs.

The `demo` command and the tests run on it. `build_world(end)` makes a freelancer's mailbox and
calendar of three years, whose truth is known; `serve(world)` answers for Gmail, Calendar and
OAuth on 127.0.0.1. Nothing here ever leaves the machine.
"""

from __future__ import annotations

from connectors.standin.clock import VirtualClock
from connectors.standin.faults.mix import FaultKind
from connectors.standin.server.dispatch import Google
from connectors.standin.server.http import serve
from connectors.standin.server.quota import Quota
from connectors.standin.story.chapters import build_world, empty_world
from connectors.standin.story.people import MAIL_HOSTS
from connectors.standin.world.mailbox import NEVER_READ
from connectors.standin.world.truth import Truth
from connectors.standin.world.world import World

__all__ = [
    "MAIL_HOSTS",
    "NEVER_READ",
    "FaultKind",
    "Google",
    "Quota",
    "Truth",
    "VirtualClock",
    "World",
    "build_world",
    "empty_world",
    "serve",
]
