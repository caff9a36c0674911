# ruff: noqa: S101 - a test kit: assert is how pytest asserts
"""What every connector promises, as tests: inherit `ConnectorContract`, say how to make yours.

    from connectors.testing import ConnectorContract

    class TestMyConnector(ConnectorContract):
        own_addresses = ("ada@example.org",)
        forbidden_words = ("a word that stands in a body or a subject",)

        @pytest.fixture(autouse=True)
        def source(self, tmp_path):
            self.path = ...  # something to read, the same for the whole of a test

        def make(self):
            config = MyConnector.Config(id="mine", type="mine", path=self.path)
            return lambda context: MyConnector(config, context)

Let the source hold enough for several batches, some of it with the forbidden words in all that
is never to be kept. Promises that need the help of the source (an expired cursor, authorisation
taken away, something new arriving) have a method each to override; without it their test skips
and says so: they stand in `connectors/testing/fixture.py`.
"""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest

from connectors.addresses import OwnAddresses, canonical
from connectors.api import (
    Connector,
    Direction,
    IdentifiesFiles,
    ReadsSentMail,
    Role,
    SourceConfig,
)
from connectors.errors import AuthRequired, CursorExpired
from connectors.mail.headers import message_id_hash
from connectors.testing.fixture import ConnectorFixture
from connectors.testing.memory_store import MemoryStore

_JOINERS = {0x200C: None, 0x200D: None}  # not printable, but part of how a name is spelt
# The widest that the store has room for, in characters.
_LONGEST_TOKEN = 128
_LONGEST_REF, _LONGEST_UID, _LONGEST_BULK, _LONGEST_ADDRESS = 512, 64, 64, 320


class ConnectorContract(ConnectorFixture):
    """The promises of `connectors.api.Connector`, one test each. See the module for its use."""

    def test_it_is_a_connector_whose_settings_are_checked(self) -> None:
        """Name, settings that refuse unknown keys, and a check that answers in one line."""
        connector = self.make()(self.context(MemoryStore()))
        assert isinstance(connector, Connector)
        assert connector.name
        assert issubclass(connector.Config, SourceConfig)
        assert connector.Config.model_config.get("extra") == "forbid"
        assert connector.channels
        said = connector.check()
        assert said.strip()
        assert "\n" not in said
        self._assert_nothing_forbidden(said)

    def test_a_pull_brings_interactions_in_several_batches(self) -> None:
        """Else the tests below would prove nothing."""
        store, batches = self._pull_all()
        assert store.interactions
        assert len(batches) >= self.fewest_batches

    def test_pulling_twice_gives_the_same_references_and_equal_interactions(self) -> None:
        """A reference names the same event on every pull."""
        first, _ = self._pull_all()
        second, _ = self._pull_all()
        assert second.interactions == first.interactions
        assert second.skipped == first.skipped
        assert second.absences == first.absences

    def test_resuming_from_every_intermediate_cursor_ends_in_the_same_store(self) -> None:
        """Killed after any batch and started anew, nothing is lost and nothing stands twice."""
        whole, batches = self._pull_all()
        so_far = MemoryStore()
        for number, batch in enumerate(batches, start=1):
            so_far.apply(batch)
            resumed = deepcopy(so_far)
            self._pull(resumed, resumed.cursor)
            assert resumed.interactions == whole.interactions, f"resumed after batch {number}"
            assert resumed.skipped == whole.skipped, f"resumed after batch {number}"
            assert resumed.absences == whole.absences, f"resumed after batch {number}"

    def test_a_replay_of_all_batches_changes_nothing(self) -> None:
        """Each batch says one thing of a reference, so that it can be applied again and again."""
        store, batches = self._pull_all()
        before = deepcopy(store)
        for batch in batches:
            removed = {*batch.deleted, *(skip.ref for skip in batch.skipped)}
            assert not removed.intersection(item.ref for item in batch.interactions)
            store.apply(batch)
            store.apply(batch)
        assert store.interactions == before.interactions
        assert store.skipped == before.skipped
        assert store.absences == before.absences
        assert store.cursor == before.cursor

    def test_beginning_anew_with_everything_known_loses_nothing(self) -> None:
        """What is known may be left unread, but must then be said to be still there."""
        store, _ = self._pull_all()
        before = deepcopy(store)
        self._pull(store, None)
        assert store.interactions == before.interactions
        assert store.skipped == before.skipped
        assert store.absences == before.absences

    def test_a_second_pull_from_the_last_cursor_brings_nothing_new(self) -> None:
        """What is stored is not brought again as new, changed or gone."""
        store, _ = self._pull_all()
        before = deepcopy(store)
        batches = self._pull(store, store.cursor)
        carried = {item.ref for batch in batches for item in batch.interactions}
        assert carried <= before.interactions.keys()
        assert store.interactions == before.interactions
        assert store.skipped == before.skipped
        assert store.absences == before.absences

    def test_what_arrives_later_is_brought_by_the_next_pull(self) -> None:
        """One more in the source is one more in the store, and nothing else moves."""
        store, _ = self._pull_all()
        before = deepcopy(store)
        self.add_interaction()
        self._pull(store, store.cursor)
        assert len(store.interactions) == len(before.interactions) + 1
        assert {ref: store.interactions[ref] for ref in before.interactions} == (
            before.interactions
        )
        again, _ = self._pull_all()
        assert again.interactions == store.interactions

    def test_times_are_aware_and_in_utc(self) -> None:
        """And each names a moment that mail and calendars can know of."""
        for item in self._interactions():
            assert item.at.tzinfo is not None, item.ref
            assert item.at.utcoffset() == timedelta(0), item.ref

    def test_participants_are_canonical_addresses_of_others_each_once(self) -> None:
        """No own address among them, and `size` counts them all."""
        own = OwnAddresses(self.own_addresses)
        for item in self._interactions():
            addresses = [participant.address for participant in item.participants]
            assert addresses, item.ref
            assert all(canonical(a) == a for a in addresses if "@" in a), item.ref
            assert not any(a in own for a in addresses), item.ref
            assert len(set(addresses)) == len(addresses), item.ref
            assert item.size >= len(addresses), item.ref
            assert all(isinstance(participant.role, Role) for participant in item.participants), (
                item.ref
            )
            names = "".join(participant.name for participant in item.participants)
            assert names.translate(_JOINERS).isprintable(), item.ref

    def test_every_interaction_is_of_a_channel_the_connector_names(self) -> None:
        """So that the engine knows which silence a stale source explains."""
        channels = self.make()(self.context(MemoryStore())).channels
        assert {item.channel for item in self._interactions()} <= channels

    def test_absences_are_spans_in_utc_under_references_of_their_own(self) -> None:
        """Each begins before it ends, and nothing else of its batch has its reference."""
        _, batches = self._pull_all()
        for batch in batches:
            others = {item.ref for item in batch.interactions}
            others |= {skip.ref for skip in batch.skipped}
            for one in batch.absences:
                assert one.start.utcoffset() == one.end.utcoffset() == timedelta(0), one.ref
                assert one.start < one.end, one.ref
                assert 0 < len(one.ref) <= _LONGEST_REF
                assert one.ref not in others

    def test_evidence_of_bulk_is_only_on_what_came_in(self) -> None:
        """What the owner sent or took part in is no bulk mail."""
        for item in self._interactions():
            assert not item.bulk or item.direction is Direction.IN, item.ref

    def test_all_texts_fit_the_store(self) -> None:
        """References, uids, addresses and evidence are short, and can be written as UTF-8."""
        _, batches = self._pull_all()
        for batch in batches:
            refs = [item.ref for item in batch.interactions]
            assert len(set(refs)) == len(refs), "a reference stands once in a batch"
            refs += [skip.ref for skip in batch.skipped]
            assert all(0 < len(ref) <= _LONGEST_REF for ref in refs)
            assert all(skip.reason.strip() for skip in batch.skipped)
            for item in batch.interactions:
                assert len(item.uid) <= _LONGEST_UID
                assert len(item.bulk) <= _LONGEST_BULK
                assert all(
                    len(participant.address) <= _LONGEST_ADDRESS
                    for participant in item.participants
                )
                names = [
                    text
                    for participant in item.participants
                    for text in (participant.address, participant.name)
                ]
                "".join((item.ref, item.uid, item.thread, item.bulk, *names)).encode()

    def test_no_body_snippet_subject_title_or_place_is_kept(self) -> None:
        """Not in interactions, reasons, cursors, the log or the secrets."""
        if not self.forbidden_words:
            pytest.skip("this test names no forbidden words")
        _, batches = self._pull_all()
        self._assert_nothing_forbidden(repr(batches), repr(self.log.lines))
        self._assert_nothing_forbidden(repr(self.tokens.secrets))

    def test_an_answer_is_found_in_mail_to_oneself_and_only_its_token_leaves(self) -> None:
        """In what was there at first, and in what came later; read again, it is the same."""
        self.reported_at = self.now - timedelta(days=30)
        self.send_to_oneself("Private words [answer-1]")
        store, batches = self._pull_all()
        assert store.answers.keys() == {"answer-1"}
        self.send_to_oneself("Private words [answer-2]")
        batches += self._pull(store, store.cursor)
        assert store.answers.keys() == {"answer-1", "answer-2"}
        expected = {"Private words [answer-1]", "Private words [answer-2]"}
        assert {text for text in self.subjects_read if "answer" in text} == expected
        assert "Private words" not in repr((batches, self.log.lines, self.tokens.secrets))
        for token, at in store.answers.items():
            assert at.utcoffset() == timedelta(0)
            assert at <= self.now + timedelta(days=1)
            assert len(token) <= _LONGEST_TOKEN
        again, _ = self._pull_all()
        assert again.answers == store.answers
        assert isinstance(self.make()(self.context(MemoryStore())), ReadsSentMail)

    def test_no_subject_is_looked_at_before_there_was_a_report(self) -> None:
        """There is nothing to answer yet."""
        self.send_to_oneself("Private words [answer-1]")
        self._pull_all()
        assert not self.subjects_read

    def test_no_subject_of_what_was_sent_before_the_first_report_is_looked_at(self) -> None:
        """What the owner noted for themselves is theirs."""
        self.reported_at = self.now + timedelta(days=2)
        self.send_to_oneself("Private words [answer-1]")
        self._pull_all()
        assert not self.subjects_read

    def test_mail_that_only_claims_to_be_the_owners_holds_no_answer(self) -> None:
        """Anybody can write the owner's address into From."""
        self.reported_at = self.now - timedelta(days=3650)
        self.receive_forged("Private words [answer-1]")
        store, _ = self._pull_all()
        assert not store.answers
        assert not [text for text in self.subjects_read if "answer" in text]

    def test_a_report_of_ours_is_told_of_by_its_message_id_and_is_no_contact(self) -> None:
        """So that whether it went out can be settled, and no report feeds the next one."""
        before, _ = self._pull_all()
        self.receive_report("<week-1@contract.invalid>")
        store, _ = self._pull_all()
        assert store.reports == {message_id_hash("<week-1@contract.invalid>")}
        assert store.interactions == before.interactions

    def test_cursors_are_text(self) -> None:
        """Opaque, and fit to be stored."""
        _, batches = self._pull_all()
        assert all(isinstance(batch.cursor, str) and batch.cursor for batch in batches)

    def test_the_stop_event_ends_the_pull_after_a_whole_batch_and_a_resume_completes_it(
        self,
    ) -> None:
        """Ctrl-C in the middle of a long pull costs nothing."""
        whole, batches = self._pull_all()
        stop, store, count = Event(), MemoryStore(), 0
        for batch in self.make()(self.context(store, stop)).pull(None):
            store.apply(batch)
            count += 1
            stop.set()
        assert count == 1 or count < len(batches)
        self._pull(store, store.cursor)
        assert store.interactions == whole.interactions
        assert store.skipped == whole.skipped
        assert store.absences == whole.absences

    def test_an_expired_cursor_is_said_or_survived_and_nothing_known_is_lost(self) -> None:
        """CursorExpired makes the engine begin anew; a connector may do so by itself."""
        store, _ = self._pull_all()
        before = deepcopy(store)
        cursor = self.expire_cursor(store.cursor or "")
        expired = True
        with suppress(CursorExpired):
            self._pull(store, cursor)
            expired = False
        assert before.interactions.keys() <= store.interactions.keys()
        if expired:
            self._pull(store, None)
        assert store.interactions == before.interactions

    def test_lost_authorisation_is_said_as_such(self) -> None:
        """So that the engine stops asking and the owner is told."""
        store, _ = self._pull_all()
        self.revoke()
        for cursor in (None, store.cursor):
            with pytest.raises(AuthRequired) as caught:
                self._pull(deepcopy(store), cursor)
            self._assert_nothing_forbidden(str(caught.value))

    def test_nobody_is_asked_but_while_giving_access(self) -> None:
        """A daemon checks and pulls, and nobody is there to answer."""
        with suppress(AuthRequired):
            self.make()(self.context(MemoryStore())).check()
        self._pull_all()
        assert not self.asked

    def test_a_file_is_identified_and_any_other_is_not(self) -> None:
        """Neither an empty one, nor one of another kind, nor one that is not there."""
        connector = self.make()(self.context(MemoryStore()))
        if not isinstance(connector, IdentifiesFiles):
            pytest.skip("this source reads no files that it could identify")
        assert connector.identify(self.file())
        with TemporaryDirectory() as folder:
            other = Path(folder, "other")
            assert not connector.identify(Path(folder))
            assert not connector.identify(other)
            for content in (b"", b"\0\xff\xfe", b"From here on, Ada,\nall is well.\n"):
                other.write_bytes(content)
                assert not connector.identify(other)

    def test_the_source_is_only_read(self) -> None:
        """Not a label, not a flag, not a byte is changed."""
        self.make()(self.context(MemoryStore())).check()
        self._pull_all()
        assert not self.writes()
