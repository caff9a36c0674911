"""Human or bulk: who counts as a relationship, by evidence, with the reason said.

The owner's own deeds outrank every filter: whoever the owner wrote to, or met in a small meeting,
is a person, whatever headers their mail carries. Only then does evidence of bulk decide. An
address that stands for a group is no person, however often the owner writes to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.store.contact_fold import CAP
from sync.store.evidence import Evidence
from sync.store.people import Override

__all__ = ["CAP", "GROUP_SENDERS", "Decision", "Evidence", "Override", "decide"]

# An address that never writes itself, on mail from so many different people, is a group's.
GROUP_SENDERS = 3


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
