"""The command that reads the sources: sync."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
        print_json([sync_facts(result) for result in results])
    else:
        for result in results:
            show(_line(result))
        for answer in taken:
            show(_answered(answer, app.config.zone))
    troubles = [f"{result.id}: {result.trouble}" for result in results if result.trouble]
    for line in (*troubles, *busy):
        say(line)
    raise typer.Exit(_exit_code(results) or (ExitCode.FAILED if busy else ExitCode.FINE))


def _announcing(name: str, *, shown: bool) -> Announce:
    """Tells what a source is about to read, before it does."""
    from beforehand.plans import describe_plan

    def announce(plan: Plan, /) -> None:
        text = describe_plan(plan)
        if text and shown:
            say(f"{name}: {text}")

    return announce


def _line(result: SyncResult) -> str:
    from beforehand.plans import describe_remaining

    counts = result.counts
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
    ended = "; it went wrong" if result.trouble else ""
    if result.stopped:
        ended = "; stopped before the end"
    rest = describe_remaining(result.plan) if result.plan is not None else ""
    return f"{result.id}: {', '.join(parts)}{ended}{'; ' if rest else ''}{rest}"


def _answered(answer: TakenAnswer, zone: tzinfo) -> str:
    from report.answers.text import answer_subject
    from report.text.phrases import day
    from sync.store.answers import Outcome

    when = day(answer.at.astimezone(zone).date())
    if answer.verb is None or answer.outcome is Outcome.REFUSED:
        return f"answer of {when}: refused, for it belongs to no report of yours"
    if answer.outcome is Outcome.EXPIRED:
        return f"answer of {when}: not taken, for its report was too old by then"
    return f"answer of {when}: {answer_subject(answer.verb, answer.name)}"


def _exit_code(results: list[SyncResult]) -> ExitCode:
    from sync.store.sources import Status

    states = {result.state for result in results}
    if any(result.stopped for result in results):
        return ExitCode.INTERRUPTED
    if any(result.misconfigured for result in results):
        return ExitCode.WRONG_USE
    if states & {Status.FAILING, Status.BROKEN}:
        return ExitCode.FAILED
    return ExitCode.UNAUTHORISED if Status.NEEDS_AUTHORISATION in states else ExitCode.FINE


@contextmanager
def _stop_on_interrupt() -> Iterator[Event]:
    """Turn the first Ctrl-C into a request to stop after the batch in hand; the second is final."""
    import signal
    from threading import Event

    stop = Event()

    def ask(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say("stopping after the batch in hand; press Ctrl-C again to stop at once")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
