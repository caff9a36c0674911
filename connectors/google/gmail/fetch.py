"""Fetching of messages: the requests for threads and messages, and what becomes of the responses.

A thread is fetched as a whole where that costs no more than its messages one by one.
"""

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
from connectors.google.gmail.options import SyncOptions
from connectors.google.http.batch import BatchExecutor, Outcomes
from connectors.google.http.errors import ApiError
from connectors.google.http.transport import Transport
from connectors.mail.answers import answers_in, may_answer, report_met
from connectors.mail.headers import WANTED

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_THREAD_FIELDS = f"messages({messages.FIELDS})"
_UNAVAILABLE = "not to be had from Gmail"


@dataclass(frozen=True, slots=True)
class ThreadRequest:
    """Messages of one thread that are to be read, by their ids.

    `answered`: the owner is known to have written in the thread. `whole`: its other messages are
    wanted too if the owner wrote any of them. `stored`: those of `refs` that the store holds; they
    stay even as bulk.
    """

    thread: str
    refs: tuple[str, ...]
    whole: bool = False
    answered: bool = False
    stored: frozenset[str] = frozenset()


@dataclass(slots=True)
class FetchResult:
    """What was read.

    `deleted`: ids of messages that are not there, or not any more. `unread`: number of messages
    left out, by reason. `possible_answers`: mail that may answer a report: when it was sent, by
    its id. `reports`: the hashes of the Message-IDs of our own mail.
    """

    interactions: list[Interaction] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    possible_answers: dict[str, datetime] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


class Fetcher:
    """Fetches messages over one connection; leaves out what is older than the options' `since`."""

    def __init__(self, google: Transport, context: Context, options: SyncOptions) -> None:
        # Building these resources is slow, so that they are kept.
        self._messages = google.service.users().messages()
        self._threads = google.service.users().threads()
        self._executor = BatchExecutor(google)
        self._context = context
        self._options = options

    def fetch(self, requests: Sequence[ThreadRequest]) -> FetchResult:
        """Fetch these messages. One that has been deleted meanwhile is in `deleted`.

        Raises as `BatchExecutor.execute_all`.
        """
        result = FetchResult()
        threads = [request for request in requests if self._is_cheaper_whole(request)]
        singles = [request for request in requests if not self._is_cheaper_whole(request)]
        outcomes = self._executor.execute_all(
            {
                **{f"t{request.thread}": self._get_thread(request.thread) for request in threads},
                **self._get_messages(singles),
            }
        )
        remaining: list[ThreadRequest] = []
        for request in threads:
            missing = self._read_thread(request, outcomes[f"t{request.thread}"], result)
            if missing:
                remaining.append(
                    ThreadRequest(
                        request.thread, missing, answered=request.answered, stored=request.stored
                    )
                )
        self._read_messages(singles, outcomes, result)
        if remaining:  # no longer in their thread: moved to another, or deleted
            outcomes = self._executor.execute_all(self._get_messages(remaining))
            self._read_messages(remaining, outcomes, result)
        if result.possible_answers:
            self._read_answers(result)
        return result

    def _is_cheaper_whole(self, request: ThreadRequest) -> bool:
        prices = self._options.prices
        return request.whole or prices.message * len(request.refs) >= prices.thread

    def _get_messages(self, requests: Iterable[ThreadRequest]) -> dict[str, Any]:
        return {
            f"m{ref}": self._get_message(ref, WANTED, messages.FIELDS)
            for request in requests
            for ref in request.refs
        }

    def _get_message(self, ref: str, headers: Iterable[str], fields: str) -> Any:  # noqa: ANN401 - the library ships no types
        return self._messages.get(
            userId=USER, id=ref, format="metadata", metadataHeaders=list(headers), fields=fields
        )

    def _get_thread(self, thread: str) -> Any:  # noqa: ANN401 - as above
        return self._threads.get(
            userId=USER,
            id=thread,
            format="metadata",
            metadataHeaders=list(WANTED),
            fields=_THREAD_FIELDS,
        )

    def _read_thread(
        self, request: ThreadRequest, outcome: dict[str, Any] | ApiError, result: FetchResult
    ) -> tuple[str, ...]:
        """Add a thread's messages to the result; return the requested ids that are not in it."""
        if isinstance(outcome, ApiError):
            if outcome.status not in _GONE:
                self._add_error(request.refs, outcome, result)
                return ()
            return request.refs
        by_ref = messages.by_id(outcome)
        answered = request.answered or _has_owners_mail(by_ref.values())
        everything = request.whole and answered
        for ref in by_ref if everything else [ref for ref in request.refs if ref in by_ref]:
            self._add_message(by_ref[ref], ref, result, answered=answered, stored=request.stored)
        return tuple(ref for ref in request.refs if ref not in by_ref)

    def _read_messages(
        self, requests: Iterable[ThreadRequest], outcomes: Outcomes, result: FetchResult
    ) -> None:
        """Add messages that were fetched one by one to the result."""
        for request in requests:
            by_ref: dict[str, dict[str, Any]] = {}
            for ref in request.refs:
                outcome = outcomes[f"m{ref}"]
                if not isinstance(outcome, ApiError):
                    by_ref[ref] = outcome
                elif outcome.status in _GONE:
                    result.deleted.append(ref)
                else:
                    self._add_error([ref], outcome, result)
            answered = request.answered or _has_owners_mail(by_ref.values())
            for ref, message in by_ref.items():
                self._add_message(message, ref, result, answered=answered, stored=request.stored)

    def _read_answers(self, result: FetchResult) -> None:
        """Fetch the subjects of mail that may answer a report, and add the answers."""
        requests = {
            ref: self._get_message(ref, [messages.SUBJECT], messages.SUBJECT_FIELDS)
            for ref in result.possible_answers
        }
        for ref, outcome in self._executor.execute_all(requests).items():
            if not isinstance(outcome, ApiError):
                headers = messages.headers_of(outcome)
                subjects = [value for name, value in headers if name.lower() == "subject"]
                sent_at = result.possible_answers[ref]
                result.answers += answers_in(subjects, sent_at, self._context)
            elif outcome.status not in _GONE:  # not stored as skipped, so that it is read again
                result.skipped = [skip for skip in result.skipped if skip.ref != ref]
                self._add_error([ref], outcome, result)

    def _add_error(self, refs: Iterable[str], error: ApiError, result: FetchResult) -> None:
        """Add messages that Google does not give: this time (5xx), or for good."""
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            for ref in refs:
                self._context.log.warning("Gmail cannot give a message", ref=ref, why=str(error))
                result.unread[_UNAVAILABLE] += 1
        else:
            result.skipped += [Skip(ref, f"Gmail refused it: {error}") for ref in refs]

    def _add_message(
        self,
        message: dict[str, Any],
        ref: str,
        result: FetchResult,
        *,
        answered: bool,
        stored: Collection[str],
    ) -> None:
        """Add a message to the list of the result in which it belongs, if any."""
        label_ids = messages.label_ids(message)
        received = messages.received_at(message)
        if received is not None and received < self._options.since:
            return  # not stored as skipped either: `since` may be changed
        if messages.is_excluded(label_ids):
            result.deleted.append(ref)
        elif not (self._options.read_bulk or answered or ref in stored) and messages.is_bulk(
            label_ids
        ):
            result.unread[messages.tab_name(label_ids)] += 1
        else:
            match messages.interaction_from_message(message, ref=ref, context=self._context):
                case Skip() as skip:
                    result.skipped.append(skip)
                    self._add_report_or_answer(skip, message, result)
                case Interaction() as interaction if interaction.at >= self._options.since:
                    result.interactions.append(interaction)

    def _add_report_or_answer(
        self, skip: Skip, message: dict[str, Any], result: FetchResult
    ) -> None:
        """Note a skipped message that is a report of ours, or that may answer one."""
        headers, at = messages.headers_of(message), messages.received_at(message)
        result.reports += report_met(skip, headers)
        sent = "SENT" in messages.label_ids(message)
        if at is not None and may_answer(skip, headers, sent=sent, at=at, context=self._context):
            result.possible_answers[skip.ref] = at


def _has_owners_mail(thread: Iterable[dict[str, Any]]) -> bool:
    """Whether the owner wrote any of these messages."""
    return any(
        "SENT" in label_ids and not messages.is_excluded(label_ids)
        for label_ids in map(messages.label_ids, thread)
    )
