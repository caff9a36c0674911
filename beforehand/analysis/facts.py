"""What there is to know, as plain values for JSON: for `--json`, and for whatever else shows it.

Times and dates stay `datetime` and `date`; whoever writes the JSON gives them their form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from beforehand.analysis.portfolio import Portfolio
    from beforehand.analysis.snapshot import Snapshot
    from scoring.judgement import Judgement
    from scoring.network import NetworkPart
    from sync.bulk import Decision
    from sync.engine import SyncResult
    from sync.store.people import Person


def suppression_reason(snapshot: Snapshot, person_id: int) -> str | None:
    """Why a person is not put before the owner, as the commands say it; None where they may be."""
    suppression = snapshot.suppressed.get(person_id)
    if suppression is None:
        return None
    from report.text import why  # noqa: PLC0415 - words, which most of what has facts needs not

    return why.suppressed_by(suppression.reason, suppression.on, suppression.times)


def tie_facts(snapshot: Snapshot, judgement: Judgement) -> dict[str, object]:
    """A person with whom there is a tie, and how it stands."""
    person = snapshot.people[judgement.key]
    reasons = judgement.reasons
    usual = reasons.usual_gap_days
    return {
        "name": person.name,
        "handles": list(person.handles),
        "state": judgement.state.value,
        "contact_days": reasons.contact_days,
        "first_contact": reasons.first_contact,
        "last_contact": reasons.last_contact,
        "silence_days": reasons.silence_days,
        "usual_gap_days": None if usual is None else round(usual, 2),
        "p_lapse": round(judgement.p_lapse, 4),
        "horizon_days": judgement.horizon_days,
        "strength": round(judgement.strength, 4),
        "worth": round(judgement.worth, 4),
        "attention": round(judgement.attention, 4),
        "away_days": reasons.away_days,
        "wished_days": reasons.wished_days,
        "groups": list(person.tags),
        "held": suppression_reason(snapshot, judgement.key),
    }


def set_aside_facts(person: Person, reason: str) -> dict[str, object]:
    """A person who counts as no relationship, and why."""
    return {"name": person.name, "handles": list(person.handles), "reason": reason}


def why_facts(
    snapshot: Snapshot, person: Person, decision: Decision | None, signals: Sequence[str]
) -> dict[str, object]:
    """A person, known by then or not: whether they count, why, and how the tie stands."""
    judgement = snapshot.judgement(person.id)
    return {
        "name": person.name,
        "handles": list(person.handles),
        "human": decision is not None and decision.human,
        "reason": decision.reason if decision else "not seen by then",
        **({} if judgement is None else tie_facts(snapshot, judgement)),
        "signals": signals,
    }


def network_facts(seen: Portfolio, favours: tuple[int, int]) -> dict[str, object]:
    """The network as a whole; `favours` counts those done and those asked for in a year."""
    from scoring.days import as_date  # noqa: PLC0415 - arrays, for this one alone

    now, mirror = seen.now, seen.mirror
    return {
        "at": seen.at,
        "organisations": round(now.organisations, 2),
        "people": round(now.people, 2),
        "live_ties": now.live,
        "largest": [_organisation(seen, part) for part in now.parts],
        "year": [
            {
                "on": as_date(month.day),
                "organisations": round(month.organisations, 2) if month.settled else None,
                "people": round(month.people, 2) if month.settled else None,
                "live_ties": month.live if month.settled else None,
            }
            for month in seen.year
        ],
        "first_words": None
        if mirror is None
        else {
            "words": mirror.words,
            "most_in_a_fortnight": mirror.most,
            "from": as_date(mirror.first),
            "to": as_date(mirror.last),
            "chance": round(mirror.chance, 4),
            "burst": mirror.burst,
        },
        "favours": {"helped": favours[0], "asked": favours[1]},
    }


def _organisation(seen: Portfolio, part: NetworkPart) -> dict[str, object]:
    return {
        "name": seen.name(part),
        "organisation": part.organisation is not None,
        "own": seen.is_own(part),
        "people": part.people,
        "share": round(part.share, 4),
        "live_ties": part.live,
        "without": seen.now.without(part),
    }


def sync_facts(result: SyncResult) -> dict[str, object]:
    """What a sync brought from one source, and what went wrong."""
    counts = result.counts
    shown: dict[str, object] = {
        "id": result.id,
        "state": result.state.value,
        "new": counts.new,
        "changed": counts.changed,
        "deleted": counts.deleted,
        "skipped": counts.skipped,
    }
    if counts.left:
        shown["left"] = counts.left
    if counts.units:
        shown["units"] = counts.units
    if result.plan is not None:
        shown["plan"] = {
            "listed": result.plan.listed,
            "known": result.plan.known,
            "to_read": result.plan.wanted,
            "read": result.plan.read,
            "units": result.plan.units,
            "spent": result.plan.spent,
            "unread": dict(result.plan.unread),
            "back_to": result.plan.back_to,
        }
    if result.stopped:
        shown["stopped"] = True
    if result.trouble:
        shown["trouble"] = result.trouble
    return shown
