"""What commands read of the store as it grows: counted, not timed (`make growth` measures)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.growing_mailbox import made_up_mail
from tests.support.owner import CONFIG, MAIL, NOW, Cli, write_mbox
from tests.support.sql_log import SqlLog, sql_log

PEOPLE, PAIRS = 12, 20
COMMANDS = (["people"], ["why", "person1.0@dept1.example.net"], ["report"], ["network"], ["export"])


@dataclass(frozen=True)
class Reading:
    """What a command read: number of statements and of rows, and of reading transactions."""

    statements: int
    rows: int
    transactions: int


@pytest.fixture
def log() -> Iterator[SqlLog]:
    with sql_log() as log:
        yield log


def synced_home(folder: Path, cli: Cli, *, times: int) -> Path:
    """Sync a made-up mailbox, `times` times as large; return the configuration."""
    folder.mkdir()
    archive = write_mbox(folder / "mail.mbox", made_up_mail(times, NOW, people=PEOPLE, pairs=PAIRS))
    config = folder / "config.toml"
    store = f'[store]\nurl = "sqlite:///{folder}/store.db"\n'
    config.write_text(CONFIG + MAIL.format(path=archive) + store)
    cli("--config", config, "sync")
    return config


def reading(log: SqlLog, cli: Cli, config: Path, words: list[str]) -> Reading:
    """Run a command, and return what it read."""
    log.clear()
    cli("--config", config, *words)
    return Reading(len(log.statements), log.rows, len(log.reads))


def test_four_times_the_mail_takes_the_same_statements_and_at_most_four_times_the_rows(
    tmp_path: Path, cli: Cli, log: SqlLog
) -> None:
    once = synced_home(tmp_path / "once", cli, times=1)
    more = synced_home(tmp_path / "more", cli, times=4)
    for words in COMMANDS:
        small, large = (reading(log, cli, config, words) for config in (once, more))
        assert large.statements == small.statements, words
        # The schema's version, the owner, and one transaction for all the rest.
        assert large.transactions <= 3, words
        assert large.rows <= 4.2 * small.rows, words
        assert small.rows > PEOPLE, words
