"""Commands about sources: sync, connectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.main import cli
from beforehand.cli.session import (
    CONFIGURATION,
    FAILED,
    INTERRUPTED,
    UNAUTHORISED,
    opened,
    print_json,
    progress,
    say,
    show,
)

if TYPE_CHECKING:
    from datetime import tzinfo
    from threading import Event

    from beforehand.mailing.answers import Taken
    from connectors.api import Announce, Plan
    from sync.engine import SyncResult

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@cli.command()
def sync(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these; else all.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read what is new in your mail and calendar."""
    from beforehand.mailing.pause import take_answers
    from beforehand.work import sync_source
    from connectors.errors import ConfigError
    from sync.store.session import BusyError

    results: list[SyncResult] = []
    busy: list[str] = []
    with opened(context) as app, _until_interrupted() as stop:
        asked = dict.fromkeys(names or [])  # each once, however often it was named
        chosen = [app.config.source(name) for name in asked] or list(app.config.sources)
        if not chosen:
            raise ConfigError(f"{app.config.path} has no [[sources]]: add one, and sync again")
        for source in chosen:
            try:
                with progress(source.id, shown=not as_json) as tell:
                    results.append(
                        sync_source(
                            app,
                            source,
                            stop=stop,
                            progress=tell,
                            announce=_announcing(source.id, shown=not as_json),
                        )
                    )
            except BusyError as error:  # the others can still be read
                busy.append(f"{source.id}: {error}")
            if stop.is_set():
                break
        taken = take_answers(app)
    if as_json:
        print_json([_result(one) for one in results])
    else:
        for one in results:
            show(_line(one))
        for answer in taken:
            show(_answered(answer, app.config.zone))
    for line in (*(f"{one.id}: {one.trouble}" for one in results if one.trouble), *busy):
        say(line)
    raise typer.Exit(_exit_code(results) or (FAILED if busy else 0))


def _announcing(name: str, *, shown: bool) -> Announce:
    """Tells what a source is about to read, before it does."""
    from beforehand.plans import intention

    def announce(plan: Plan, /) -> None:
        said = intention(plan)
        if said and shown:
            say(f"{name}: {said}")

    return announce


def _result(one: SyncResult) -> dict[str, object]:
    counts = one.counts
    shown: dict[str, object] = {
        "id": one.id,
        "state": one.state.value,
        "new": counts.new,
        "changed": counts.changed,
        "deleted": counts.deleted,
        "skipped": counts.skipped,
    }
    if counts.left:
        shown["left"] = counts.left
    if counts.units:
        shown["units"] = counts.units
    if one.plan is not None:
        shown["plan"] = {
            "listed": one.plan.listed,
            "known": one.plan.known,
            "to_read": one.plan.wanted,
            "read": one.plan.read,
            "units": one.plan.units,
            "spent": one.plan.spent,
            "unread": dict(one.plan.unread),
            "back_to": one.plan.back_to,
        }
    if one.stopped:
        shown["stopped"] = True
    if one.trouble:
        shown["trouble"] = one.trouble
    return shown


def _line(one: SyncResult) -> str:
    from beforehand.plans import standing

    counts = one.counts
    parts = [f"{counts.new:,} new"]
    parts += [
        f"{number:,} {word}"
        for number, word in (
            (counts.changed, "changed"),
            (counts.deleted, "gone"),
            (counts.skipped, "passed over"),
            (counts.left, "left unread"),
        )
        if number
    ]
    if counts.units:
        parts.append(f"{counts.units:,} quota units")
    ended = "; stopped before the end" if one.stopped else "; it went wrong" if one.trouble else ""
    rest = standing(one.plan) if one.plan is not None else ""
    return f"{one.id}: {', '.join(parts)}{ended}{'; ' if rest else ''}{rest}"


def _answered(one: Taken, zone: tzinfo) -> str:
    from report.answers.text import said
    from report.text.phrases import day
    from sync.store.answers import Outcome

    when = day(one.at.astimezone(zone).date())
    if one.verb is None or one.outcome is Outcome.REFUSED:
        return f"answer of {when}: refused, for it belongs to no report of yours"
    if one.outcome is Outcome.EXPIRED:
        return f"answer of {when}: not taken, for its report was too old by then"
    return f"answer of {when}: {said(one.verb, one.name)}"


def _exit_code(results: list[SyncResult]) -> int:
    from sync.engine import State

    states = {one.state for one in results}
    if any(one.stopped for one in results):
        return INTERRUPTED
    if any(one.misconfigured for one in results):
        return CONFIGURATION
    if states & {State.FAILING, State.BROKEN}:
        return FAILED
    return UNAUTHORISED if State.NEEDS_AUTHORISATION in states else 0


class _until_interrupted:  # noqa: N801 - reads as a context
    """Turn the first Ctrl-C into a request to stop after the batch in hand; the second is final."""

    def __enter__(self) -> Event:
        import signal
        from threading import Event

        stop = Event()

        def ask(_signal: int, _frame: object) -> None:
            if stop.is_set():
                raise KeyboardInterrupt
            stop.set()
            say("stopping after the batch in hand; press Ctrl-C again to stop at once")

        self._before = signal.signal(signal.SIGINT, ask)
        return stop

    def __exit__(self, *_error: object) -> None:
        import signal

        signal.signal(signal.SIGINT, self._before)


@cli.command()
def connectors(as_json: JsonFlag = False) -> None:
    """List the kinds of source there are."""
    from beforehand import __version__
    from connectors import registry

    found = registry.listed(__version__)
    if as_json:
        print_json([{"type": o.type, "origin": o.origin, "version": o.version} for o in found])
        return
    for one in found:
        show(f"{one.type:<20} {one.origin} {one.version}")
