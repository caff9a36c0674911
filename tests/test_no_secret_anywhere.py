"""No secret is to be found: every token there ever was, searched for wherever one could stand.

An installation is set up, granted, used with --debug, and troubled: tokens refused and ended,
the token server failing and torn, tokens rotated. Meanwhile the processes are watched, as anybody
on the machine may.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from urllib.request import urlopen

import pytest

from connectors.standin import Google, empty_world, serve
from connectors.standin.server.oauth import CLIENT_SECRET
from tests.support.secret_search import secrets_in
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[1]
_LOOKS = 10
PASSPHRASE = "a-quince-and-two-pears"
# In place of a browser: keeps what it is called with and given, and visits the page.
BROWSER = """#!{python}
import os, sys, urllib.request
with open({seen!r}, "a") as file:
    print(sys.argv, dict(os.environ), file=file)
urllib.request.urlopen(sys.argv[1], timeout=120).read()
"""
SOURCES = """
[[sources]]
id = "mail"
type = "gmail"
client_secrets = "{client}"
api_endpoint = "{url}"
units_per_minute = 100000000
[[sources]]
id = "calendar"
type = "google_calendar"
client_secrets = "{client}"
api_endpoint = "{url}"
"""


@dataclass
class Watch:
    """What the process list shows of those that were started here, and of what they start."""

    seen: set[bytes] = field(default_factory=set)
    environments: set[bytes] = field(default_factory=set)
    _end: Event = field(default_factory=Event)

    def look(self) -> None:
        """Look at every new process, some times, for it begins as a copy of who started it."""
        looks: Counter[str] = Counter()
        while not self._end.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                looks[folder.name] += 1
                if looks[folder.name] > _LOOKS:
                    continue
                # Many are gone, or not ours, by the time they are read.
                with contextlib.suppress(OSError):
                    line = (folder / "cmdline").read_bytes()
                    environment = (folder / "environ").read_bytes()
                    if b"BEFOREHAND_UNDER_WATCH" in environment:
                        self.seen.add(line)
                        self.environments.add(environment)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        thread = Thread(target=self.look)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()


@dataclass
class WatchedHome:
    """A home folder; all that was said there, and how it all looked after each command."""

    folder: Path
    closed_by: dict[str, str] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    files: dict[str, set[bytes]] = field(default_factory=dict)

    def run(self, *words: str, code: int | None = 0) -> str:
        with self.running(*words) as process:
            said, _ = process.communicate(timeout=120)
        assert code is None or process.returncode == code, said
        self.note(said)
        return said

    @contextlib.contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        environment = {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "BEFOREHAND_SECRETS": "file",
            "BEFOREHAND_UNDER_WATCH": "1",
            "BROWSER": str(self.folder.parent / "browser"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.closed_by,
        }
        with subprocess.Popen(
            # The program itself, but for the length of its waits.
            [sys.executable, "-m", "tests.support.fast_waits", "--debug", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def note(self, said: str) -> None:
        """Keep what was said, and every state of every file."""
        self.said.append(said.encode())
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.files.setdefault(path.name, set()).add(path.read_bytes())

    @property
    def rows(self) -> bytes:
        """Every row of every table."""
        path = self.folder / ".local/share/beforehand/beforehand.db"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return b"\n".join(
                repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode()  # noqa: S608 - names of our own
                for (name,) in tables.fetchall()
            )


@dataclass
class SecretTraces:
    """What is left, and every secret there was."""

    home: WatchedHome
    watch: Watch
    secrets: set[str]
    browser: bytes
    rows: bytes


def use_everything(home: WatchedHome, google: Google, client: Path) -> None:
    """Set up, grant, use; then everything that troubles tokens."""
    faults = google.faults
    home.run("init", "--name", "Ada", "--address", "ada.winter@example.org", "--timezone", "UTC")
    config = home.folder / ".config/beforehand/config.toml"
    config.write_text(config.read_text() + SOURCES.format(client=client, url=google.url))
    assert "granted" in home.run("auth", "mail")
    with home.running("auth", "calendar", "--no-browser") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        with urlopen(lines[1].strip(), timeout=LONG_SECONDS):  # noqa: S310 - loopback
            said, _ = process.communicate(timeout=LONG_SECONDS)
        assert process.returncode == 0, said
        home.note("".join(lines) + said)
    google.authority.rotates = True
    home.run("sync")
    faults.revoke_access()
    faults.tear_next(1, path="/profile")
    home.run("sync")
    home.run("report")
    home.closed_by["BEFOREHAND_SECRETS_PASSPHRASE"] = PASSPHRASE  # from here on
    faults.revoke_access()
    faults.fail_next(20, status=502, path="/token")
    home.run("sync", "mail", code=1)
    faults.clear()
    faults.tear_next(20, path="/token")  # rotated, and the answer is lost: nothing can save that
    home.run("sync", code=None)
    faults.clear()
    home.run("doctor", code=None)
    home.run("auth", "mail")
    home.run("auth", "calendar")
    home.run("sync")
    faults.revoke_grants()
    home.run("sync", code=3)
    home.run("doctor", code=3)
    faults.drop_next(20, path="/token")
    home.run("auth", "mail", code=1)
    faults.clear()
    faults.tear_next(20, path="/token")
    home.run("auth", "mail", code=None)
    faults.clear()
    google.authority.withheld = lambda: frozenset(
        {"https://www.googleapis.com/auth/gmail.metadata"}
    )
    home.run("auth", "mail", code=1)  # as with every error that --debug shows whole
    watch(home)
    home.run("report")
    home.run("export")


def watch(home: WatchedHome) -> None:
    """Run the daemon until it has said of both sources how it stands with them."""
    with home.running("daemon") as process:
        assert process.stdout is not None
        lines: list[str] = []
        for source in ("mail", "calendar"):
            while not any(f'"source": "{source}"' in line for line in lines):
                lines.append(process.stdout.readline())
                assert lines[-1], lines
        process.terminate()
        said, _ = process.communicate(timeout=LONG_SECONDS)
    home.note("".join(lines) + said)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> SecretTraces:
    base = tmp_path_factory.mktemp("secrets")
    home, watch = WatchedHome(base / "home"), Watch()
    home.folder.mkdir(mode=0o700)
    browser = base / "browser"
    browser.write_text(BROWSER.format(python=sys.executable, seen=str(base / "seen")))
    browser.chmod(0o700)
    world = empty_world(datetime.now(UTC).date())
    for week in range(8):
        at = world.end - timedelta(days=7 * week + 1)
        world.deliver(sender=world.owner.addresses[0], to=["bo@example.net"], at=at)
    with serve(world) as google, watch.looking():
        client = base / "client.json"
        client.write_text(json.dumps(google.client_secrets()))
        use_everything(home, google, client)
        secrets = {*google.authority.issued, CLIENT_SECRET, PASSPHRASE}
    secrets.add((home.folder / ".config/beforehand/secrets.key").read_text().strip())
    return SecretTraces(home, watch, secrets, (base / "seen").read_bytes(), home.rows)


def test_no_secret_is_said_or_logged(traces: SecretTraces) -> None:
    assert len(traces.secrets) > 25
    assert len(traces.home.said) > 15
    assert secrets_in(traces.secrets, *traces.home.said) == []
    assert secrets_in(["granted"], *traces.home.said), "the search does find"


def test_no_secret_is_in_a_file_or_a_row(traces: SecretTraces) -> None:
    assert {"secrets.json.enc", "beforehand.db"} <= traces.home.files.keys()
    for name, contents in traces.home.files.items():
        own = {one.decode().strip() for one in contents} if name == "secrets.key" else set()
        secrets = traces.secrets - own
        assert secrets_in(secrets, *contents) == [], name
    assert secrets_in(traces.secrets, traces.rows) == []
    assert secrets_in(["bo@example.net"], traces.rows), "the search does find"


def test_no_secret_is_in_the_process_list(traces: SecretTraces) -> None:
    lines = b"\n".join(traces.watch.seen)
    assert b"fast_waits" in lines
    assert secrets_in(traces.secrets, *traces.watch.seen) == []
    # Only the processes that were given the passphrase so have it.
    own = [one for one in traces.watch.environments if b"BEFOREHAND_SECRETS_PASSPHRASE" in one]
    others = traces.watch.environments - set(own)
    assert secrets_in(traces.secrets, *others) == []
    assert secrets_in(traces.secrets - {PASSPHRASE}, *own) == []


def test_the_browser_is_handed_the_address_and_no_secret(traces: SecretTraces) -> None:
    assert b"code_challenge_method=S256" in traces.browser
    assert b"include_granted_scopes" not in traces.browser
    assert secrets_in(traces.secrets, traces.browser) == []
