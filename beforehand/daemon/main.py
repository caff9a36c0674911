"""The daemon's main loop: a heartbeat until it is told to end, and the handling of signals.

`schedule` only keeps the beat; what is due stands in the store (see `jobs`).
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

from beforehand import config as configuration
from beforehand.app import App
from beforehand.daemon import jobs, liveness
from beforehand.daemon.liveness import Liveness
from beforehand.daemon.sd_notify import ServiceManager
from beforehand.terminal import brief
from connectors.errors import ConfigError
from sync.store.session import DatabaseError

HEARTBEAT_SECONDS = 20
# How long a stop may wait for the batch in hand before it is broken off (and rolled back).
GRACE_SECONDS = 1.0


class HardStop(BaseException):
    """Breaks off and rolls back whatever runs: a stop was asked for, and the grace is over."""


@dataclass(slots=True)
class _Requests:
    """What signals have asked for. `interrupt` is set for any, and ends a sync after its batch."""

    interrupt: Event
    end: bool = False
    reload: bool = False
    signs: Liveness = field(default_factory=Liveness)


def run(app: App, *, stop: Event | None = None) -> None:
    """Beat until SIGTERM or SIGINT; read the configuration again at SIGHUP.

    Raises BusyError where a daemon for this owner runs, and ConfigError where there is no source.
    """
    _require_sources(app.config)
    manager = ServiceManager.from_environment(os.environ)
    signs = Liveness(manager, liveness.sign_path(app.config), now=app.now)
    requests = _Requests(stop or Event(), signs=signs)
    with (
        app.store.exclusive(f"daemon-{app.owner_id}"),
        _answering_signals(requests),
        _dump_on_abort(),
    ):
        app.log.info("daemon started", sources=[source.id for source in app.config.sources])
        try:
            while _run_until_asked(app, requests):
                app = _reload(app, signs)
        except HardStop:
            app.log.info("stopped in the middle; the next run goes on from there")
        app.log.info("daemon ended")


def _run_until_asked(app: App, requests: _Requests) -> bool:
    """Beat until a signal asks for something; whether that was to read the configuration."""

    def job() -> None:
        jobs.run_due(app, requests.interrupt, requests.signs)

    job()
    beat = heartbeat(job)
    while not requests.interrupt.wait(1.0):
        requests.signs.beat()
        beat()
    again, requests.reload = requests.reload, False
    requests.interrupt.clear()
    return again and not requests.end  # looked at last, for a signal may come at any moment


def _reload(app: App, signs: Liveness) -> App:
    """Return the application with the configuration read anew; as it was where that cannot work."""
    signs.reloading()
    try:
        config = configuration.load(app.config.path)
        _require_sources(config)
        _require_same_store(app.config, config)
    except ConfigError as error:
        app.log.warning("configuration not taken, the one before counts", error=str(error))
        return app
    app.log.info("configuration read anew", sources=[source.id for source in config.sources])
    try:
        jobs.retry_failed(app)
    except DatabaseError as error:  # a store that is away for a moment is no reason to end
        app.log.warning("pauses not ended", error=brief(error))
    return replace(app, config=config)


def _require_sources(config: configuration.Config) -> None:
    if not config.sources:
        raise ConfigError(f"{config.path} has no [[sources]]: add one, and start again")


def _require_same_store(old: configuration.Config, new: configuration.Config) -> None:
    if (new.store_url, new.owner.id) != (old.store_url, old.owner.id):
        raise ConfigError("[store] url, [owner] id: changed, which counts once it is restarted")


def heartbeat(job: Callable[[], None]) -> Callable[[], None]:
    """Return a function to call each second, which runs the job each `HEARTBEAT_SECONDS`."""
    beat = schedule.Scheduler()
    beat.every(HEARTBEAT_SECONDS).seconds.do(job)

    def look() -> None:
        # `schedule` reads the wall clock, which is set back an hour each autumn.
        if (beat.idle_seconds or 0) > HEARTBEAT_SECONDS:
            beat.run_all()
        beat.run_pending()

    return look


@contextmanager
def _answering_signals(requests: _Requests) -> Iterator[None]:
    """Ask to end at SIGTERM and SIGINT, insist after the grace; restore the handlers at the end."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        requests.end = True
        requests.signs.stopping()
        requests.interrupt.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def insist(_signal: int, _frame: FrameType | None) -> None:
        raise HardStop

    def reload(_signal: int, _frame: FrameType | None) -> None:
        requests.reload = True
        requests.interrupt.set()

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
def _dump_on_abort() -> Iterator[None]:
    """Let the watchdog's SIGABRT print where in the code we are: files and lines, no values."""
    if faulthandler.is_enabled():  # somebody else's, as under pytest
        yield
        return
    faulthandler.enable(sys.stderr)
    try:
        yield
    finally:
        faulthandler.disable()
