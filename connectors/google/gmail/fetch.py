"""Reading threads and messages: what is asked for, and what is made of the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from connectors.api import Answer, Context, Interaction, Skip
from connectors.google.gmail import messages
from connectors.google.gmail.listing import USER
from connectors.google.gmail.options import Aim
from connectors.google.http.batch import Answers, Batches
from connectors.google.http.errors import Refusal
from connectors.google.http.transport import Transport
from connectors.mail.answers import answers_in, may_answer, report_met
from connectors.mail.headers import WANTED

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_THREAD_FIELDS = f"messages({messages.FIELDS})"


@dataclass(frozen=True, slots=True)
class Task:
    """Messages of one thread that are to be read.

    `answered`: the owner is known to have written in it. `whole`: whatever else it holds is
    wanted too, if the owner wrote in it, which is then seen. `kept`: those of `refs` that are
    stored, so that they stay even as bulk.
    """

    thread: str
    refs: tuple[str, ...]
    whole: bool = False
    answered: bool = False
    kept: frozenset[str] = frozenset()


@dataclass(slots=True)
class Found:
    """What reading came to. `left`: bulk that nobody answered, by Gmail's word for it.

    `to_oneself`: mail that may answer a report, by its id, and when it was sent. `reports`: our
    own mail that was met, by the hashes of its Message-IDs.
    """

    interactions: list[Interaction] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    to_oneself: dict[str, datetime] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


class Reader:
    """Reads over one connection; what is older than the aim's `since` is not kept."""

    def __init__(self, google: Transport, context: Context, aim: Aim) -> None:
        # Building these is dear: once for all calls.
        self._messages = google.service.users().messages()
        self._threads = google.service.users().threads()
        self._batches = Batches(google)
        self._context = context
        self._aim = aim

    def read(self, tasks: Sequence[Task]) -> Found:
        """Read these; what is gone by now is said so, and is normal. Raises as the transport."""
        found = Found()
        threads = [task for task in tasks if self._as_thread(task)]
        singles = [task for task in tasks if not self._as_thread(task)]
        answers = self._batches.read_all(
            {
                **{f"t{task.thread}": self._get_thread(task.thread) for task in threads},
                **{f"m{ref}": self._get(ref) for task in singles for ref in task.refs},
            }
        )
        again: list[Task] = []
        for task in threads:
            missing = self._of_thread(task, answers[f"t{task.thread}"], found)
            if missing:
                again.append(Task(task.thread, missing, answered=task.answered, kept=task.kept))
        self._of_singles(singles, answers, found)
        if again:  # not among its thread's messages any more: moved, or gone
            refs = {f"m{ref}": self._get(ref) for task in again for ref in task.refs}
            self._of_singles(again, self._batches.read_all(refs), found)
        if found.to_oneself:
            self._answers(found)
        return found

    def _as_thread(self, task: Task) -> bool:
        prices = self._aim.prices
        return task.whole or prices.message * len(task.refs) >= prices.thread

    def _get(self, ref: str) -> Any:  # noqa: ANN401 - the library ships no types
        return self._messages.get(
            userId=USER,
            id=ref,
            format="metadata",
            metadataHeaders=list(WANTED),
            fields=messages.FIELDS,
        )

    def _get_thread(self, thread: str) -> Any:  # noqa: ANN401 - as above
        return self._threads.get(
            userId=USER,
            id=thread,
            format="metadata",
            metadataHeaders=list(WANTED),
            fields=_THREAD_FIELDS,
        )

    def _answers(self, found: Found) -> None:
        """Look at the subjects of what the owner sent to themselves."""
        requests = {
            ref: self._messages.get(
                userId=USER,
                id=ref,
                format="metadata",
                metadataHeaders=[messages.SUBJECT],
                fields=messages.SUBJECT_FIELDS,
            )
            for ref in found.to_oneself
        }
        for ref, answer in self._batches.read_all(requests).items():
            if not isinstance(answer, Refusal):
                fields = messages.fields_of(answer)
                subjects = [value for name, value in fields if name.lower() == "subject"]
                found.answers += answers_in(subjects, found.to_oneself[ref], self._context)
            elif answer.status not in _GONE:  # not known yet, so that it is read again
                found.skipped = [skip for skip in found.skipped if skip.ref != ref]
                self._refused([ref], answer, found)

    def _of_thread(
        self, task: Task, answer: dict[str, Any] | Refusal, found: Found
    ) -> tuple[str, ...]:
        """Take what a thread's answer holds; those of the task that are not in it."""
        if isinstance(answer, Refusal):
            if answer.status not in _GONE:
                self._refused(task.refs, answer, found)
                return ()
            return task.refs
        listed = answer.get("messages")
        held = {
            str(one["id"]): one
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict) and one.get("id")
        }
        answered = task.answered or _answered(held.values())
        whole = task.whole and answered
        wanted = held if whole else [ref for ref in task.refs if ref in held]
        for ref in wanted:
            self._sort(held[ref], ref, found, answered=answered, kept=task.kept)
        return tuple(ref for ref in task.refs if ref not in held)

    def _of_singles(self, tasks: Iterable[Task], answers: Answers, found: Found) -> None:
        for task in tasks:
            read: dict[str, dict[str, Any]] = {}
            for ref in task.refs:
                answer = answers[f"m{ref}"]
                if not isinstance(answer, Refusal):
                    read[ref] = answer
                elif answer.status in _GONE:
                    found.gone.append(ref)
                else:
                    self._refused([ref], answer, found)
            answered = task.answered or _answered(read.values())
            for ref, message in read.items():
                self._sort(message, ref, found, answered=answered, kept=task.kept)

    def _refused(self, refs: Iterable[str], refusal: Refusal, found: Found) -> None:
        """What Google does not give: for good, or this time."""
        if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            for ref in refs:
                self._context.log.warning("Gmail cannot give a message", ref=ref, why=str(refusal))
                found.left["not to be had from Gmail"] += 1
        else:
            found.skipped += [Skip(ref, f"Gmail refused it: {refusal}") for ref in refs]

    def _sort(
        self,
        message: dict[str, Any],
        ref: str,
        found: Found,
        *,
        answered: bool,
        kept: Collection[str],
    ) -> None:
        labels = messages.labels_of(message)
        moment = messages.arrived(message)
        if moment is not None and moment < self._aim.since:
            return  # neither kept nor remembered: `since` may change
        if messages.is_away(labels):
            found.gone.append(ref)
        elif not (self._aim.read_bulk or answered or ref in kept) and messages.is_bulk(labels):
            found.left[messages.tab_of(labels)] += 1
        else:
            match messages.interaction_from_message(message, ref=ref, context=self._context):
                case Skip() as skip:
                    found.skipped.append(skip)
                    self._note(skip, message, found)
                case Interaction() as item if item.at >= self._aim.since:
                    found.interactions.append(item)

    def _note(self, skip: Skip, message: dict[str, Any], found: Found) -> None:
        """See whether what is no contact is a report of ours, or may answer one."""
        fields, at = messages.fields_of(message), messages.arrived(message)
        found.reports += report_met(skip, fields)
        sent = "SENT" in messages.labels_of(message)
        if at is not None and may_answer(skip, fields, sent=sent, at=at, context=self._context):
            found.to_oneself[skip.ref] = at


def _answered(thread: Iterable[dict[str, Any]]) -> bool:
    """Whether the owner wrote any of these."""
    return any(
        "SENT" in labels and not messages.is_away(labels)
        for labels in map(messages.labels_of, thread)
    )
