"""Privacy, through the front door: what was said, and every secret, is nowhere to be found.

A whole life of an installation is lived once, in processes of their own and under the umask that
hides nothing; then everything it wrote and printed is searched.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs
from urllib.request import urlopen

import pytest

from connectors.google.oauth.credentials import METADATA
from connectors.standin import NEVER_READ, Google, World, empty_world, serve
from connectors.standin.server.oauth import CLIENT_SECRET
from connectors.standin.server.quota import Call
from tests.support.owner import BO, CLEO
from tests.support.secret_search import PASSWORD, PRIVATE, WRONG, mail_server, secrets_in
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[1]
# Parts of Google's objects that say what was said.
CONTENT = frozenset(
    [
        "*",
        "snippet",
        "body",
        "raw",
        "parts",
        "filename",
        "summary",
        "description",
        "location",
        "attachments",
        "hangoutLink",
        "conferenceData",
    ]
)
DAY = timedelta(days=1)


def listening(pid: int) -> list[str]:
    """The local addresses (hexadecimal, as the kernel has them) on which a process listens."""
    own = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [
        line.split()
        for table in ("tcp", "tcp6", "udp", "udp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    # 0A: LISTEN; 07: a UDP socket that is not connected.
    return [row[1] for row in rows if row[3] in {"0A", "07"} and f"socket:[{row[9]}]" in own]


@dataclass
class PrivateHome:
    """A home folder in which nothing is but what the product writes; and all that it printed."""

    folder: Path
    said: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)  # files while a daemon was at work

    @property
    def config(self) -> Path:
        return self.folder / ".config/beforehand/config.toml"

    @property
    def data(self) -> Path:
        return self.folder / ".local/share/beforehand"

    @property
    def paths(self) -> list[Path]:
        return sorted(self.folder.rglob("*"))

    @property
    def written(self) -> list[bytes]:
        return [path.read_bytes() for path in self.paths if path.is_file()]

    @contextmanager
    def running(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        """A command as a process of its own, under a umask that hides nothing."""
        environment = {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "BEFOREHAND_SECRETS": "file",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with subprocess.Popen(
            [sys.executable, "-m", "beforehand", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=environment,
            umask=0,
            start_new_session=True,  # no terminal that could be asked for a password
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *words: object, code: int = 0, answers: str = "") -> str:
        """What a command prints, to both streams."""
        with self.running(*words) as process:
            said, _ = process.communicate(answers, timeout=LONG_SECONDS)
        self.said.append(said)
        assert process.returncode == code, said
        return said

    def until(self, process: subprocess.Popen[str], *signs: str) -> str:
        """The line in which the last of these signs comes, each after the one before."""
        assert process.stdout is not None
        line = ""
        for sign in signs:
            while sign not in line:
                line = process.stdout.readline()
                self.said.append(line)
                assert line, "".join(self.said)
        self.arguments.append(Path(f"/proc/{process.pid}/cmdline").read_text())
        return line


def small_world() -> World:
    """With Bo every week until ten weeks ago, with Cleo to this day; all of it private."""
    world = empty_world(datetime.now(UTC).date())
    ada = f"{world.owner.name} <{world.owner.private}>"
    odd = tuple((name, f"{PRIVATE} {name}") for name in ("Comments", "Keywords", "Thread-Topic"))
    for who, last in ((BO, 70), (CLEO, 3)):
        for week in range(25):
            at = world.end - DAY * (last + 7 * week)
            subject = f"{PRIVATE} {week}"
            world.deliver(sender=who, to=[ada], at=at - DAY, subject=subject, headers=odd)
            world.deliver(sender=ada, to=[who], at=at, subject=subject, headers=odd)
    texts = dict.fromkeys(("summary", "description", "location", "hangoutLink"), PRIVATE)
    for week in range(5):
        start = world.end - DAY * (80 + 7 * week)
        event = world.add_event(start=start, attendees=["bo@example.net"])
        event.resource.update(texts)
    return world


@dataclass
class PrivacyTraces:
    """What is left of the life: the home, and what others know of it."""

    home: PrivateHome
    requests: list[Call]
    secrets: set[str]
    mail: list[bytes]
    heard: dict[str, list[str]]  # on which addresses a command listened


SOURCES = """
[[sources]]
id = "mail"
type = "gmail"
credentials = "{given}/credentials.json"
api_endpoint = "{url}"
units_per_minute = 100000000
[[sources]]
id = "calendar"
type = "google_calendar"
client_secrets = "{given}/client.json"
api_endpoint = "{url}"
[report.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
username = "ada"
"""


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> PrivacyTraces:
    base = tmp_path_factory.mktemp("life")
    given, home = base / "given", PrivateHome(base / "home")
    given.mkdir()
    home.folder.mkdir(mode=0o700)
    world = small_world()
    with serve(world) as google, mail_server() as (box, port):
        (given / "credentials.json").write_text(json.dumps(google.credentials([METADATA])))
        (given / "credentials.json").chmod(0o600)
        (given / "client.json").write_text(json.dumps(google.client_secrets()))
        home.run("init", "--name", "Ada", "--address", world.owner.private, "--timezone", "UTC")
        text = home.config.read_text().replace('via = "file"', 'via = "smtp"')
        home.config.write_text(text + SOURCES.format(given=given, url=google.url, port=port))
        heard = {"auth": consent(home)}
        reports = use_everything(home)
        heard["daemon"] = watch(home)
        tokens = given_out(google)
        google.faults.revoke_grants()
        home.run("--debug", "sync", code=3)
        tokens |= given_out(google)
        requests = list(google.requests)
    home.run("--debug", "sync", code=1)  # nobody answers any more
    assert any("Bo Lindgren" in report for report in reports)
    secrets = {*tokens, CLIENT_SECRET, PASSWORD, WRONG, NEVER_READ, PRIVATE}
    return PrivacyTraces(home, requests, secrets, box.kept, heard)


def consent(home: PrivateHome) -> list[str]:
    """Give access to the calendar by Google's page; return where the command listened."""
    with home.running("--debug", "auth", "calendar", "--no-browser") as process:
        page = home.until(process, "http://127.0.0.1")
        heard = listening(process.pid)
        with urlopen(page.strip(), timeout=LONG_SECONDS) as answer:  # noqa: S310 - the stand-in, on loopback
            assert answer.status == 200
        said, _ = process.communicate(timeout=LONG_SECONDS)
        home.said.append(said)
    assert process.returncode == 0, said
    return heard


def use_everything(home: PrivateHome) -> list[str]:
    """Use every command; return the reports."""
    home.run("--debug", "sync")
    home.run("people")
    home.run("why", "bo@example.net")
    home.run("report", "--out", home.folder / "out/report.html")
    home.run("report", "--out", home.folder / "out/report.eml")
    home.run("export")
    home.run("auth", "smtp", answers=f"{WRONG}\n")
    home.run("--debug", "report", "--send", code=1)
    home.run("auth", "smtp", answers=f"{PASSWORD}\n")
    home.run("--debug", "report", "--send")
    home.run("--debug", "doctor")
    return [home.run("report"), (home.folder / "out/report.html").read_text()]


def watch(home: PrivateHome) -> list[str]:
    """Let the daemon read both sources, and end it; return where it listened."""
    with home.running("--debug", "daemon") as process:
        home.until(process, '"synced"', '"calendar"')
        heard = listening(process.pid)
        assert (home.data / "beforehand.db-wal").stat().st_size > 0
        home.seen += home.written
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=LONG_SECONDS)
        home.said.append(said)
    assert process.returncode == 0, said
    return heard


def given_out(google: Google) -> set[str]:
    """Every token and code there ever was."""
    return set(google.authority.issued)


def test_what_was_said_and_every_secret_is_nowhere(traces: PrivacyTraces) -> None:
    names = {path.name for path in traces.home.paths}
    assert {"beforehand.db", "secrets.json.enc", "secrets.key", "report.eml"} <= names
    assert len(traces.secrets) >= 8
    printed = [text.encode() for text in (*traces.home.said, *traces.home.arguments)]
    assert secrets_in(traces.secrets, *traces.home.written, *traces.home.seen) == []
    assert secrets_in(traces.secrets, *printed, *traces.mail) == []
    assert secrets_in(["bo@example.net"], *traces.home.written)  # the search does find
    assert secrets_in(["bo@example.net"], *printed)
    assert len(traces.mail) == 1
    assert b"Bo Lindgren" in traces.mail[0]


def test_a_secret_is_found_in_every_shape() -> None:
    for before in range(4):
        text = base64.b64encode(b"x" * before + PASSWORD.encode() + b"yz")
        assert secrets_in([PASSWORD], b"AUTH PLAIN " + text) == [PASSWORD]


def test_google_is_asked_for_metadata_alone(traces: PrivacyTraces) -> None:
    api = [call for call in traces.requests if call.path not in {"/auth", "/token"}]
    assert {call.path for call in traces.requests if call.verb != "GET"} == {
        "/token",
        "/batch/gmail/v1",
    }
    reads = [(call.path, parse_qs(call.query)) for call in api if call.verb == "GET"]
    assert len(reads) > 100
    for path, asked in reads:
        assert "q" not in asked, path
        assert asked.get("format", ["metadata"]) == ["metadata"]
        (mask,) = asked["fields"]
        fields = set(mask.replace("(", ",").replace(")", ",").replace("/", ",").split(","))
        assert fields.isdisjoint(CONTENT), mask
        headers = {name.lower() for name in asked.get("metadataHeaders", [])}
        assert headers.isdisjoint({"subject", "comments", "keywords", "thread-topic"})
        assert headers or "payload" not in fields  # without a choice, all headers would come


def test_everything_written_is_private_whatever_the_umask(traces: PrivacyTraces) -> None:
    open_to_others = [path for path in traces.home.paths if path.stat().st_mode & 0o077]
    assert open_to_others == []
    assert len(traces.home.paths) > 10
    assert {path.name for path in traces.home.folder.iterdir()} == {".config", ".local", "out"}


def test_nothing_listens_but_for_googles_answer_and_on_loopback_alone(
    traces: PrivacyTraces,
) -> None:
    assert traces.heard["daemon"] == []
    (address,) = traces.heard["auth"]
    assert address.startswith("0100007F:")  # 127.0.0.1
