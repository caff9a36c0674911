"""Human or bulk: who counts as a relationship, by evidence, with the reason said.

The owner's own deeds outrank every filter: whoever the owner wrote to, or met in a small meeting,
is a person, whatever headers their mail carries. Only then does evidence of bulk decide. An
address that stands for a group is no person, however often the owner writes to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Mail and meetings with more people than this are no contact between two of them.
CAP = 10
# An address that never writes itself, on mail from so many different people, is a group's.
GROUP_SENDERS = 3


class Override(StrEnum):
    """The owner's own word about a person."""

    KEEP = "keep"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a person (all handles together), in numbers of interactions.

    `written`: by the owner to them, among at most `CAP` people. `met`: small meetings attended.
    `authored`: by them. `bulk`: of these, how many carry which evidence of bulk.
    `senders`: how many different people wrote mail on which they stood beside the owner.
    """

    override: Override | None = None
    written: int = 0
    met: int = 0
    authored: int = 0
    bulk: Mapping[str, int] = field(default_factory=dict)
    senders: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether there is a relationship at all, and why."""

    human: bool
    reason: str


def decide(evidence: Evidence) -> Decision:
    """Apply the rules in their order; the first that speaks decides."""
    if evidence.override is Override.KEEP:
        return Decision(human=True, reason="you asked to keep them")
    if evidence.override is Override.IGNORE:
        return Decision(human=False, reason="you said to leave them out")
    if not evidence.authored and not evidence.met and evidence.senders >= GROUP_SENDERS:
        return Decision(
            human=False,
            reason=f"a list or a bystander: {evidence.senders} others wrote to them and you, "
            "they never did",
        )
    if evidence.written:
        return Decision(human=True, reason=f"you wrote to them ({_times(evidence.written)})")
    if evidence.met:
        return Decision(human=True, reason=f"you met in a small circle ({_times(evidence.met)})")
    return Decision(human=False, reason=_why_not(evidence))


def _why_not(evidence: Evidence) -> str:
    if evidence.bulk:
        sign, count = min(evidence.bulk.items(), key=lambda item: (-item[1], item[0]))
        return f"{sign} on {count} of {_messages(evidence.authored)}, and you never wrote to them"
    if evidence.authored:
        return f"they wrote {_times(evidence.authored)}, you never wrote to them"
    return "only seen beside others"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
