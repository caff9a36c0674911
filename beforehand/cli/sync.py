"""The command that reads the sources: sync."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.output import print_json, progress, say, show
from beforehand.cli.parameters import JsonFlag
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import ExitCode

if TYPE_CHECKING:
    from datetime import tzinfo
    from threading import Event

    from beforehand.mailing.answers import TakenAnswer
    from connectors.api import Announce, Plan
    from sync.engine import SyncResult


@cli.command()
def sync(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these; else all.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read what is new in your mail and calendar."""
    from beforehand.analysis.facts import sync_facts
    from beforehand.mailing.pause import take_answers
    from beforehand.work import sync_source
    from connectors.errors import ConfigError
    from sync.store.session import BusyError

    results: list[SyncResult] = []
    busy: list[str] = []
    with open_app_from(context) as app, _stop_on_interrupt() as stop:
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
        print_json([sync_facts(one) for one in results])
    else:
        for one in results:
            show(_line(one))
        for answer in taken:
            show(_answered(answer, app.config.zone))
    for line in (*(f"{one.id}: {one.trouble}" for one in results if one.trouble), *busy):
        say(line)
    raise typer.Exit(_exit_code(results) or (ExitCode.FAILED if busy else ExitCode.FINE))


def _announcing(name: str, *, shown: bool) -> Announce:
    """Tells what a source is about to read, before it does."""
    from beforehand.plans import describe_plan

    def announce(plan: Plan, /) -> None:
        said = describe_plan(plan)
        if said and shown:
            say(f"{name}: {said}")

    return announce


def _line(one: SyncResult) -> str:
    from beforehand.plans import describe_remaining

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
    rest = describe_remaining(one.plan) if one.plan is not None else ""
    return f"{one.id}: {', '.join(parts)}{ended}{'; ' if rest else ''}{rest}"


def _answered(one: TakenAnswer, zone: tzinfo) -> str:
    from report.answers.token import said
    from report.text.phrases import day
    from sync.store.answers import Outcome

    when = day(one.at.astimezone(zone).date())
    if one.verb is None or one.outcome is Outcome.REFUSED:
        return f"answer of {when}: refused, for it belongs to no report of yours"
    if one.outcome is Outcome.EXPIRED:
        return f"answer of {when}: not taken, for its report was too old by then"
    return f"answer of {when}: {said(one.verb, one.name)}"


def _exit_code(results: list[SyncResult]) -> ExitCode:
    from sync.store.sources import Status

    states = {one.state for one in results}
    if any(one.stopped for one in results):
        return ExitCode.INTERRUPTED
    if any(one.misconfigured for one in results):
        return ExitCode.WRONG_USE
    if states & {Status.FAILING, Status.BROKEN}:
        return ExitCode.FAILED
    return ExitCode.UNAUTHORISED if Status.NEEDS_AUTHORISATION in states else ExitCode.FINE


class _stop_on_interrupt:  # noqa: N801 - reads as a context
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
