"""The daemon's life: it beats until it is told to end, and answers the system's signals.

`schedule` only beats; what is due stands in the store (see `daemon`).
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from types import FrameType

import schedule
from sqlalchemy.exc import DBAPIError

from beforehand import config as configuration
from beforehand.app import App
from beforehand.daemon import jobs, liveness
from beforehand.daemon.liveness import Pulse
from beforehand.daemon.sd_notify import Manager
from beforehand.terminal import brief
from connectors.errors import ConfigError

HEARTBEAT_SECONDS = 20
# How long a stop may wait for the batch in hand before it is broken off (and rolled back).
GRACE_SECONDS = 1.0


class Stopped(BaseException):
    """A stop was asked for and the grace is over; whatever runs is rolled back."""


@dataclass(slots=True)
class _Wishes:
    """What signals ask for. `interrupt` is set for either, and ends a reading after its batch."""

    interrupt: Event
    end: bool = False
    reload: bool = False
    pulse: Pulse = field(default_factory=Pulse)


def run(app: App, *, stop: Event | None = None) -> None:
    """Beat until SIGTERM or SIGINT; read the configuration again at SIGHUP.

    Raises BusyError where a daemon for this owner runs, and ConfigError where there is no source.
    """
    _has_sources(app.config)
    manager = Manager.of(os.environ)
    life = Pulse(manager, liveness.path_of(app.config), now=app.now)
    wishes = _Wishes(stop or Event(), pulse=life)
    with (
        app.store.exclusive(f"daemon-{app.owner_id}"),
        _answering_signals(wishes),
        _telling_where_it_hung(),
    ):
        app.log.info("daemon started", sources=[one.id for one in app.config.sources])
        try:
            while _lives(app, wishes):
                app = _reloaded(app, life)
        except Stopped:
            app.log.info("stopped in the middle; the next run goes on from there")
        app.log.info("daemon ended")


def _lives(app: App, wishes: _Wishes) -> bool:
    """Beat until somebody wishes something else; whether that was to read the configuration."""

    def job() -> None:
        jobs.tick(app, wishes.interrupt, wishes.pulse)

    job()
    beat = heartbeat(job)
    while not wishes.interrupt.wait(1.0):
        wishes.pulse.beat()
        beat()
    again, wishes.reload = wishes.reload, False
    wishes.interrupt.clear()
    return again and not wishes.end  # looked at last, for a signal may come at any moment


def _reloaded(app: App, life: Pulse) -> App:
    """The house with the configuration as it stands now; as it was where that cannot work."""
    life.reloading()
    try:
        config = configuration.load(app.config.path)
        _has_sources(config)
        _same_house(app.config, config)
    except ConfigError as error:
        app.log.warning("configuration not taken, the one before counts", error=str(error))
        return app
    app.log.info("configuration read anew", sources=[one.id for one in config.sources])
    try:
        jobs.try_again(app)
    except DBAPIError as error:  # a store that is away for a moment is no reason to end
        app.log.warning("pauses not ended", error=brief(error))
    return replace(app, config=config)


def _has_sources(config: configuration.Config) -> None:
    if not config.sources:
        raise ConfigError(f"{config.path} has no [[sources]]: add one, and start again")


def _same_house(old: configuration.Config, new: configuration.Config) -> None:
    if (new.store_url, new.owner.id) != (old.store_url, old.owner.id):
        raise ConfigError("[store] url, [owner] id: changed, which counts once it is restarted")


def heartbeat(job: Callable[[], None]) -> Callable[[], None]:
    """What is to be called each second, so that the job is done each `HEARTBEAT_SECONDS`."""
    beat = schedule.Scheduler()
    beat.every(HEARTBEAT_SECONDS).seconds.do(job)

    def look() -> None:
        # `schedule` reads the wall clock, which is set back an hour each autumn.
        if (beat.idle_seconds or 0) > HEARTBEAT_SECONDS:
            beat.run_all()
        beat.run_pending()

    return look


@contextmanager
def _answering_signals(wishes: _Wishes) -> Iterator[None]:
    """Ask to end at SIGTERM and SIGINT, insist after the grace; as it was before at the end."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        wishes.end = True
        wishes.pulse.stopping()
        wishes.interrupt.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def insist(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    def reload(_signal: int, _frame: FrameType | None) -> None:
        wishes.reload = True
        wishes.interrupt.set()

    answers = {
        signal.SIGTERM: ask,
        signal.SIGINT: ask,
        signal.SIGALRM: insist,
        signal.SIGHUP: reload,
    }
    before = {number: signal.signal(number, answer) for number, answer in answers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, answer in before.items():
            signal.signal(number, answer)


@contextmanager
def _telling_where_it_hung() -> Iterator[None]:
    """Let the watchdog's SIGABRT print where in the code we were: files and lines, no values."""
    if faulthandler.is_enabled():  # somebody else's, as under pytest
        yield
        return
    faulthandler.enable(sys.stderr)
    try:
        yield
    finally:
        faulthandler.disable()
