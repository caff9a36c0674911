"""Commands that show people: who there is, and why each is judged so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.output import console, name_of, print_json, show
from beforehand.cli.parameters import AsOf, JsonFlag, Who, end_of_day
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beforehand.analysis.snapshot import Snapshot
    from scoring.judgement import Judgement

_SHORT_LIST = 30
# In columns: what the numbers of a table need, with the gaps; and what names and addresses get.
_NUMBERS_WIDE, _NAME_LEAST, _ADDRESS_ENOUGH = 35, 18, 40


@cli.command()
def people(
    context: typer.Context,
    day: AsOf = None,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Who was set aside as no relationship, and why.")
    ] = False,
    everybody: Annotated[
        bool, typer.Option("--all", help=f"All of them, not the first {_SHORT_LIST}.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List your people, those who need attention first."""
    from beforehand.analysis import facts
    from beforehand.analysis.snapshot import open_snapshot

    with (
        open_app_from(context) as app,
        open_snapshot(app, end_of_day(day, app.config)) as snapshot,
    ):
        if bulk:
            _print_bulk(snapshot, as_json=as_json, everybody=everybody)
            return
    judged = sorted(snapshot.judgements, key=_report_order)
    if as_json:
        print_json([facts.tie_facts(snapshot, judgement) for judgement in judged])
        return
    if not judged:
        show("Nobody yet: run `beforehand sync` first, or see `beforehand people --bulk`.")
        return
    _print_people(snapshot, judged if everybody else judged[:_SHORT_LIST])
    if len(judged) > _SHORT_LIST and not everybody:
        show(f"... and {len(judged) - _SHORT_LIST} more: --all shows them.")


def _report_order(judgement: Judgement) -> tuple[int, float, int]:
    """Sort key: fading ties first, most at stake first; then by what a tie is worth."""
    from scoring.judgement import State

    order = (State.FADING, State.LIVING, State.DORMANT, State.SLIGHT)
    rank = judgement.at_stake if judgement.state is State.FADING else judgement.worth
    return order.index(judgement.state), -rank, judgement.key


def _print_people(snapshot: Snapshot, judged: Sequence[Judgement]) -> None:
    from rich.table import Table
    from rich.text import Text

    from report.text.phrases import columns

    out = console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    # Where room is short, names and addresses give way, and the numbers stay whole.
    room = max(out.width - _NUMBERS_WIDE, 2 * _NAME_LEAST)
    names = [name_of(snapshot.people[judgement.key]) for judgement in judged]
    name = min(max(map(columns, names), default=0), room)
    name = min(name, max(_NAME_LEAST, room - _ADDRESS_ENOUGH))
    table.add_column("name", no_wrap=True, max_width=name)
    table.add_column("address", no_wrap=True, max_width=room - name)
    table.add_column("tie", no_wrap=True)
    for head in ("days", "usual", "silent"):
        table.add_column(head, justify="right", no_wrap=True)
    for called, judgement in zip(names, judged, strict=True):
        reasons = judgement.reasons
        usual = reasons.usual_gap_days
        table.add_row(
            Text(called),
            Text(snapshot.address(judgement.key), style="dim"),
            judgement.state.value,
            str(reasons.contact_days),
            "" if usual is None else f"{usual:.0f} d" if usual >= 1 else "daily",
            f"{reasons.silence_days} d",
        )
    out.print(table)


def _print_bulk(snapshot: Snapshot, *, as_json: bool, everybody: bool) -> None:
    from beforehand.analysis.facts import set_aside_facts

    aside = sorted(
        (snapshot.people[number].name.casefold(), number, decision.reason)
        for number, decision in snapshot.reader.decisions().items()
        if not decision.human
    )
    if as_json:
        print_json(
            [set_aside_facts(snapshot.people[number], reason) for _, number, reason in aside]
        )
        return
    if not aside:
        show("Nobody is set aside.")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("address", "why it is set aside", box=None, pad_edge=False, header_style="dim")
    shown = aside if everybody else aside[:_SHORT_LIST]
    for _, number, reason in shown:
        table.add_row(Text(snapshot.people[number].handles[0]), Text(reason))
    console().print(table)
    if len(shown) < len(aside):
        show(f"... and {len(aside) - len(shown)} more: --all shows them.")
    show("If one of them matters to you: beforehand keep ADDRESS")


@cli.command()
def why(context: typer.Context, who: Who, day: AsOf = None, as_json: JsonFlag = False) -> None:
    """Say how things stand with somebody, and why."""
    from beforehand.analysis import facts
    from beforehand.analysis.signals import Signals
    from beforehand.analysis.snapshot import open_snapshot
    from beforehand.mailing.sections import person as about
    from report.text import why
    from sync.store import people as store

    with (
        open_app_from(context) as app,
        open_snapshot(app, end_of_day(day, app.config)) as snapshot,
    ):
        person = store.find(snapshot.reader.connection, app.owner_id, who)
        decision = snapshot.reader.decisions([person.id]).get(person.id)
        also = about.lines(Signals(snapshot), person.id, app.config.zone)
    judgement = snapshot.judgement(person.id)
    held = facts.suppression_reason(snapshot, person.id)
    if as_json:
        print_json(facts.why_facts(snapshot, person, decision, also))
        return
    show(f"{name_of(person)} <{', '.join(person.handles)}>")
    if decision is None:
        show("Nothing was seen of them by then.")
        return
    if not decision.human:
        show(f"Set aside as no relationship: {decision.reason}.")
        show(f"If that is wrong: beforehand keep {person.handles[0]}")
        return
    show(f"Counts as a relationship: {decision.reason}.")
    if judgement is None:
        show("There has been no contact that counts: only mail or meetings with many.")
        return
    *reasons, last = why.why(judgement, name_of(person))
    for line in (*reasons, *also, last):
        show(line)
    if held:
        show(f"Held back from your report: {held}.")
