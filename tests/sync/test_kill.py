"""Killed anywhere and run again, a sync loses nothing and writes nothing twice.

`make kill_randomly` does the same at 50 random moments, for an archive and for the stand-in, whose
mailbox changes meanwhile.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.kill_google_sync import kill_randomly_under_faults
from tests.support.kill_sync import kill_randomly, write_mbox


def test_a_sync_killed_at_random_moments_ends_with_the_store_of_one_undisturbed(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive.mbox"
    write_mbox(archive, messages=2000, seed=1)
    source = f'[[sources]]\nid = "old-mail"\ntype = "mbox"\npath = {json.dumps(str(archive))}\n'
    result = kill_randomly(tmp_path / "houses", source, times=6, seed=1)
    assert result.equal, result.trouble
    assert result.kills == 6
    assert result.interactions == 2000


def test_syncs_of_a_changing_mailbox_killed_under_faults_end_with_the_truth(
    tmp_path: Path,
) -> None:
    result = kill_randomly_under_faults(tmp_path / "houses", times=6, seed=1, days=12)
    assert not result.trouble
    assert result.kills == 6
    assert result.interactions > 50
    assert result.changes
    assert result.faults
