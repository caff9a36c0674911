"""Checks of what is kept here: the store, the disk, who can read it, and the secrets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from beforehand.app import App
from beforehand.doctor.finding import Finding, failed, passed, refused
from beforehand.secrets import KeyringSecrets
from beforehand.terminal import brief
from connectors.errors import ConfigError
from sync.store import sources
from sync.store.migrations import REVISIONS
from sync.store.session import DatabaseError

_LEAST_FREE_BYTES = 200 * 1024 * 1024


def examine(app: App) -> Iterator[Finding]:
    """Check that what is kept is whole, private, and has room."""
    yield _store(app)
    if app.store.path is not None:
        yield _disk(app.store.path)
    yield from _privacy(app)
    yield _secrets(app)


def _store(app: App) -> Finding:
    """How much it holds, its schema, and whether SQLite finds it whole."""
    try:
        with app.store.read() as connection:
            standings = sources.standings(connection, app.owner_id, app.now())
        whole = app.store.check()
    except DatabaseError as error:
        whole, standings = brief(error), []
    if whole != "ok":
        says = (
            f"{app.store.where} is damaged ({whole}): stop the daemon, move the file away, and "
            "put a copy of yours in its place, or let `beforehand sync` read all anew"
        )
        return failed("store", says)
    held = sum(source.interactions for source in standings)
    says = f"{app.store.where}, {held:,} interactions, schema {REVISIONS[-1]}"
    return passed("store", says)


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    roomy = free >= _LEAST_FREE_BYTES
    says = f"{free / 1e9:.1f} GB free" + ("" if roomy else ": make room")
    return (passed if roomy else failed)("disk", says)


def _privacy(app: App) -> Iterator[Finding]:
    """Whether others on this machine can read what is ours: the store, and files with tokens."""
    credentials = [path for source in app.config.sources for path in source.credential_files()]
    files = {app.store.path, app.config.report.gmail.credentials, *credentials}
    open_to_all = sorted(
        path
        for path in files
        if isinstance(path, Path) and path.is_file() and path.stat().st_mode & 0o077
    )
    for path in open_to_all:
        yield failed("privacy", f"others can read {path}: chmod 600 {path}")
    if not open_to_all:
        yield passed("privacy", "nobody else on this machine can read what is yours")


def _secrets(app: App) -> Finding:
    """Where secrets are kept, and whether they can be had."""
    try:
        app.tokens.get("doctor")
    except ConfigError as error:
        return refused("secrets", error)
    ring = isinstance(app.tokens, KeyringSecrets)
    says = "in the system's keyring" if ring else f"in an encrypted file in {app.config.folder}"
    return passed("secrets", says)
