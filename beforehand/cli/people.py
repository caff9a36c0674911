"""Commands about people: who there is, why, and the owner's word about them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.app import app
from beforehand.cli.session import as_of, console, opened, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beforehand.network import Network
    from scoring.judgement import Judgement

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as if it were that day.")
]
Who = Annotated[str, typer.Argument(metavar="PERSON", help="An address, a name, or part of one.")]

_SHORT_LIST = 30
_SNOOZE_WEEKS = 4


@app.command()
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
    from beforehand.network import look

    with opened(context) as house:
        network = look(house, as_of(day, house.config))
    if bulk:
        _print_bulk(network, as_json=as_json, everybody=everybody)
        return
    judged = sorted(network.judgements, key=lambda one: (-one.attention, -one.strength, one.key))
    if as_json:
        print_json([_facts(network, one) for one in judged])
        return
    _print_people(network, judged if everybody else judged[:_SHORT_LIST])
    if len(judged) > _SHORT_LIST and not everybody:
        typer.echo(f"... and {len(judged) - _SHORT_LIST} more: --all shows them.")
    if not judged:
        typer.echo("Nobody yet: run `beforehand sync` first, or see `beforehand people --bulk`.")


def _facts(network: Network, one: Judgement) -> dict[str, object]:
    card = network.cards[one.key]
    reasons = one.reasons
    usual = reasons.usual_gap_days
    return {
        "name": card.name,
        "handles": list(card.handles),
        "state": one.state.value,
        "contact_days": reasons.contact_days,
        "first_contact": reasons.first_contact,
        "last_contact": reasons.last_contact,
        "silence_days": reasons.silence_days,
        "usual_gap_days": None if usual is None else round(usual, 2),
        "p_lapse": round(one.p_lapse, 4),
        "horizon_days": one.horizon_days,
        "strength": round(one.strength, 4),
        "worth": round(one.worth, 4),
        "attention": round(one.attention, 4),
        "held": network.held.get(one.key),
    }


def _print_people(network: Network, judged: Iterable[Judgement]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for head, right in (
        ("name", False),
        ("address", False),
        ("", False),
        ("days in touch", True),
        ("usual gap", True),
        ("silent", True),
    ):
        table.add_column(head, justify="right" if right else "left", no_wrap=True, max_width=34)
    for one in judged:
        reasons = one.reasons
        usual = reasons.usual_gap_days
        table.add_row(
            Text(network.cards[one.key].name),
            Text(network.address(one.key), style="dim"),
            one.state.value,
            str(reasons.contact_days),
            "" if usual is None else f"{usual:.0f} d" if usual >= 1 else "daily",
            f"{reasons.silence_days} d",
        )
    console().print(table)


def _print_bulk(network: Network, *, as_json: bool, everybody: bool) -> None:
    aside = sorted(
        (network.cards[number].name.casefold(), number, decision.reason)
        for number, decision in network.decisions.items()
        if not decision.human
    )
    if as_json:
        print_json(
            [
                {
                    "name": network.cards[number].name,
                    "handles": list(network.cards[number].handles),
                    "reason": reason,
                }
                for _, number, reason in aside
            ]
        )
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("address", "why it is set aside", box=None, pad_edge=False, header_style="dim")
    shown = aside if everybody else aside[:_SHORT_LIST]
    for _, number, reason in shown:
        table.add_row(Text(network.cards[number].handles[0]), Text(reason))
    console().print(table)
    if len(shown) < len(aside):
        typer.echo(f"... and {len(aside) - len(shown)} more: --all shows them.")
    typer.echo("If one of them matters to you: beforehand keep ADDRESS")


@app.command()
def why(context: typer.Context, person: Who, day: AsOf = None, as_json: JsonFlag = False) -> None:
    """Say in words, with the numbers behind them, how things stand with somebody."""
    from beforehand.network import look
    from report import words
    from sync import people as store

    with opened(context) as house:
        with house.store.read() as connection:
            card = store.find(connection, house.owner_id, person)
        network = look(house, as_of(day, house.config))
    decision = network.decisions.get(card.id)
    judgement = network.judgement(card.id)
    held = network.held.get(card.id)
    if as_json:
        facts = {} if judgement is None else _facts(network, judgement)
        reason = decision.reason if decision else "not seen by then"
        human = decision is not None and decision.human
        print_json(
            {"name": card.name, "handles": list(card.handles), "human": human, "reason": reason}
            | facts
        )
        return
    typer.echo(f"{card.name} <{', '.join(card.handles)}>")
    if decision is None:
        typer.echo("Nothing was seen of them by then.")
        return
    if not decision.human:
        typer.echo(f"Set aside as no relationship: {decision.reason}.")
        typer.echo(f"If that is wrong: beforehand keep {card.handles[0]}")
        return
    typer.echo(f"Counts as a relationship: {decision.reason}.")
    if judgement is None:
        typer.echo("There has been no contact that counts: only mail or meetings with many.")
        return
    for line in words.why(judgement, card.name):
        typer.echo(line)
    if held:
        typer.echo(f"Held back from your report: {held}.")


@app.command()
def keep(context: typer.Context, person: Who) -> None:
    """This is a relationship, whatever the filters say; also ends an ignore or a snooze."""
    _say_word(context, person, "keep")


@app.command()
def ignore(context: typer.Context, person: Who) -> None:
    """This is no relationship: never mention them. `keep` takes it back."""
    _say_word(context, person, "ignore")


def _say_word(context: typer.Context, person: str, text: str) -> None:
    from sync import people as store
    from sync.bulk import Word

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        store.set_word(connection, card, Word(text))
        if text == "keep":
            store.snooze(connection, card, None)
    done = "is kept among your people" if text == "keep" else "will not be mentioned"
    typer.echo(f"{card.name} {done}.")


@app.command()
def snooze(
    context: typer.Context,
    person: Who,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="For how long.")] = _SNOOZE_WEEKS,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Until a day, instead of --weeks.")
    ] = None,
) -> None:
    """Leave somebody out of the reports for a while."""
    from sync import people as store

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        end = as_of(until, house.config) or house.now() + timedelta(weeks=weeks)
        store.snooze(connection, card, end)
        shown = end.astimezone(house.config.zone)
    typer.echo(f"{card.name} is left out until {shown:%-d %B %Y}.")


@app.command()
def merge(
    context: typer.Context,
    person: Who,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
) -> None:
    """Two of them are one person; `split` takes it back."""
    from sync import people as store

    with opened(context) as house, house.store.write() as connection:
        kept = store.find(connection, house.owner_id, person)
        second = store.find(connection, house.owner_id, other)
        store.merge_people(connection, house.owner_id, kept, second, house.now())
    handles = ", ".join((*kept.handles, *second.handles))
    typer.echo(f"{kept.name} is now one person: {handles}.")


@app.command()
def split(
    context: typer.Context,
    person: Who,
    address: Annotated[
        str | None, typer.Argument(help="The address that is somebody else's; else the last merge.")
    ] = None,
) -> None:
    """Take back the last merge into somebody, or give one address a person of its own."""
    from sync import people as store

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        gone = store.split(connection, house.owner_id, card, address, house.now())
    typer.echo(f"{', '.join(gone)} is somebody else than {card.name} again.")


@app.command()
def forget(
    context: typer.Context,
    person: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all that is known of somebody, for good; a sync will not bring them back."""
    from sync import people as store

    with opened(context) as house:
        with house.store.read() as connection:
            card = store.find(connection, house.owner_id, person)
        asked = f"Forget {card.name} <{', '.join(card.handles)}> for good?"
        if not yes and not typer.confirm(asked):
            raise typer.Exit(1)
        with house.store.write() as connection:
            store.forget(connection, house.owner_id, card)
        house.store.scrub()
    typer.echo("Forgotten.")


@app.command()
def export(
    context: typer.Context,
    person: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Only this one; else everybody.")
    ] = None,
) -> None:
    """Print all that is kept, as JSON lines."""
    from beforehand.export import lines

    with opened(context) as house:
        for line in lines(house, person):
            typer.echo(line)
