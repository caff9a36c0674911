"""Who counts as a relationship: evidence in, a decision and its words out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.bulk import GROUP_SENDERS, Evidence, Override, decide

LIST = {"List-Id": 12}


@pytest.mark.parametrize(
    ("evidence", "human", "reason"),
    [
        # The owner's own deeds.
        (Evidence(written=1), True, "you wrote to them (once)"),
        (Evidence(written=2, authored=9), True, "you wrote to them (twice)"),
        (Evidence(written=3, met=4), True, "you wrote to them (3 times)"),
        (Evidence(met=1), True, "you met in a small circle (once)"),
        # They outrank every filter.
        (Evidence(written=1, authored=12, bulk=LIST), True, "you wrote to them (once)"),
        (Evidence(written=1, authored=5, bulk={"no-reply": 5}), True, "you wrote to them (once)"),
        (Evidence(met=2, authored=12, bulk=LIST), True, "you met in a small circle (twice)"),
        # Nothing from the owner: bulk, with the most frequent sign; ties by name.
        (
            Evidence(authored=12, bulk=LIST),
            False,
            "List-Id on 12 of 12 messages, and you never wrote to them",
        ),
        (
            Evidence(
                authored=9, bulk={"Precedence": 3, "List-Unsubscribe": 5, "Auto-Submitted": 5}
            ),
            False,
            "Auto-Submitted on 5 of 9 messages, and you never wrote to them",
        ),
        (
            Evidence(authored=1, bulk={"List-Id": 1}),
            False,
            "List-Id on 1 of 1 message, and you never wrote to them",
        ),
        (Evidence(authored=1), False, "they wrote once, you never wrote to them"),
        (Evidence(authored=40), False, "they wrote 40 times, you never wrote to them"),
        (Evidence(), False, "only seen beside others"),
        (Evidence(senders=2), False, "only seen beside others"),
        # An address that stands for a group, even if the owner writes to it.
        (
            Evidence(written=7, senders=3),
            False,
            "a list or a bystander: 3 others wrote to them and you, they never did",
        ),
        (Evidence(written=7, senders=2), True, "you wrote to them (7 times)"),
        (Evidence(written=7, senders=3, authored=1), True, "you wrote to them (7 times)"),
        (Evidence(met=1, senders=3), True, "you met in a small circle (once)"),
        # The owner's word is the last.
        (Evidence(override=Override.KEEP), True, "you asked to keep them"),
        (Evidence(override=Override.KEEP, senders=9), True, "you asked to keep them"),
        (
            Evidence(override=Override.IGNORE, written=99, met=9),
            False,
            "you said to leave them out",
        ),
    ],
)
def test_evidence_decides_and_says_why(evidence: Evidence, *, human: bool, reason: str) -> None:
    decision = decide(evidence)
    assert (decision.human, decision.reason) == (human, reason)


counts = st.integers(min_value=0, max_value=50)
signs = st.dictionaries(st.sampled_from(["List-Id", "Precedence", "no-reply"]), counts)


@given(written=st.integers(1, 50), met=counts, authored=st.integers(1, 50), bulk=signs)
def test_whoever_the_owner_wrote_to_and_who_writes_is_a_person_whatever_the_headers_say(
    written: int, met: int, authored: int, bulk: dict[str, int]
) -> None:
    assert decide(Evidence(written=written, met=met, authored=authored, bulk=bulk)).human


@given(
    evidence=st.builds(
        Evidence,
        override=st.sampled_from([None, *Override]),
        written=counts,
        met=counts,
        authored=counts,
        bulk=signs,
        senders=st.integers(0, 2 * GROUP_SENDERS),
    )
)
def test_every_decision_has_one_line_of_words(evidence: Evidence) -> None:
    reason = decide(evidence).reason
    assert reason
    assert "\n" not in reason
    assert reason == reason.strip()
