"""docs/first-week.md, lived: every command in it is run, and says what stands there.

The page holds the commands with what they print (`console` blocks), what is written into the
configuration (`toml` blocks), and, unseen by its readers, what happens in between (`<!-- ... -->`).
`make first-week` writes down anew what the commands print.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from connectors.standin import Google, World, empty_world, serve
from tests.support.owner import Cli
from tests.support.secret_search import PASSWORD, RecordingSmtpHandler, mail_server
from tests.support.timeouts import LONG_SECONDS

PAGE = Path(__file__).parents[2] / "docs" / "first-week.md"
WRITE = "BEFOREHAND_WRITE_DOCS"
_STEP = re.compile(r"```(console|toml)\n(.*?)```|<!-- (\w+): (.*?) -->", re.DOTALL)
BERLIN = ZoneInfo("Europe/Berlin")
ADA = "ada.winter@example.org"
# What the doctor says of the service on the machine of the page, which has systemd.
_NO_SERVICE = "not installed: `beforehand service install` lets the daemon start by itself"


def story() -> World:
    """Four people of Ada's, for a year and more: two of them have gone quiet."""
    world = empty_world(date(2026, 11, 23))
    people = (
        ("Bo Lindgren <bo@example.net>", 9, 49),
        ("Cleo Marsh <cleo@example.com>", 14, 61),
        ("Dai Okafor <dai@example.net>", 7, 2),
        ("Eli Braun <eli@example.com>", 21, 11),
    )
    for name, rhythm, silent in people:
        for number in range(40):
            at = world.end - timedelta(days=silent + rhythm * number)
            first = world.deliver(sender=name, to=(ADA,), at=at - timedelta(hours=20))
            world.deliver(sender=ADA, to=(name,), thread=first.thread_id, at=at)
    for number in range(30):
        world.deliver(
            sender="Shop <news@shop.example>",
            to=(ADA,),
            at=world.end - timedelta(days=7 * number),
            labels=("INBOX", "CATEGORY_PROMOTIONS"),
        )
    return world


@dataclass
class Week:
    """Ada at her desk: a home of her own, Google, and a mail server."""

    cli: Cli
    home: Path
    world: World
    google: Google
    box: RecordingSmtpHandler
    port: int
    now: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=BERLIN)

    @property
    def config(self) -> Path:
        return self.home / ".config" / "beforehand" / "config.toml"

    def run(self, block: str) -> str:
        """Run the commands of a block, and give it back with what they print."""
        said = []
        for line in block.splitlines():
            if line.startswith("$ "):
                said += [line, *self._command(line)]
        return "\n".join(said) + "\n"

    def _command(self, line: str) -> list[str]:
        words = shlex.split(line.removeprefix("$ "))[1:]
        said = self.cli(*(word.replace("~", str(self.home)) for word in words), now=self.now)
        return [self._shown(one) for one in (said.err + said.out).splitlines()]

    def _shown(self, line: str) -> str:
        """A line as it would read at home, with Google and the mail server where they are."""
        line = re.sub(rf"{re.escape(self.google.url)}\S*", "https://accounts.google.com/...", line)
        line = line.replace(str(self.home), "~").replace("127.0.0.1", "smtp.example.org")
        line = re.sub(r"port \d{4,5}", "port 8765", line)
        line = re.sub(r"[\d.]+ GB free", "88.0 GB free", line)
        line = line.replace("neither systemd nor launchd is here", _NO_SERVICE)
        return line.rstrip()

    def write(self, block: str) -> None:
        """Change the configuration as the block says, with servers that are on this machine."""
        text = self.config.read_text()
        before, _, _ = text.partition('via = "file"')
        here = block.replace('host = "smtp.example.org"', f'host = "127.0.0.1"\nport = {self.port}')
        here = here.replace('username = "ada', 'security = "none"\nusername = "ada')
        self.config.write_text(before + here)

    def happens(self, what: str, how: str) -> None:
        """What comes between the commands."""
        match what:
            case "time":
                self.now = datetime.fromisoformat(how).replace(tzinfo=BERLIN)
                self.world.end = max(self.world.end, self.now)
            case "google":
                text = self.config.read_text()
                extra = f'api_endpoint = "{self.google.url}"\n'
                text = text.replace('type = "gmail"\n', f'type = "gmail"\n{extra}{how}\n')
                kind = 'type = "google_calendar"\n'
                self.config.write_text(text.replace(kind, kind + extra))
            case "tap":
                name, _, label = how.partition(", ")
                self._send(self._link(name, label))
            case _:
                raise AssertionError(what)

    def _link(self, name: str, label: str) -> str:
        mail = message_from_bytes(self.box.kept[-1], policy=policy.default)
        assert isinstance(mail, EmailMessage)
        page = mail.get_body(("html",))
        assert page is not None
        found = re.search(rf'href="([^"]+)" aria-label="{label}: {name}"', page.get_content())
        assert found is not None
        return unescape(found[1])

    def _send(self, link: str) -> None:
        """As a mail program does that opens such a link."""
        query = parse_qs(urlsplit(link).query)
        self.world.deliver(
            sender=ADA,
            to=(urlsplit(link).path,),
            at=self.now,
            labels=("SENT", "INBOX"),
            subject=query["subject"][0],
        )


class _Browser:
    """Ada's browser, in which she allows what is asked."""

    def open(self, url: str, new: int = 0) -> bool:
        del new
        Thread(target=lambda: urlopen(url, timeout=LONG_SECONDS).read()).start()  # noqa: S310 - loopback
        return True


def _typed(prompt: str) -> str:
    sys.stdout.write(f"{prompt}\n")
    return PASSWORD


@pytest.fixture
def week(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Week]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    monkeypatch.setenv("BEFOREHAND_SECRETS", "file")
    monkeypatch.delenv("BEFOREHAND_CONFIG", raising=False)
    monkeypatch.setattr(webbrowser, "get", _Browser)
    # A terminal that shows nothing of what is typed is none that a test has.
    monkeypatch.setattr(getpass, "getpass", _typed)
    world = story()
    with serve(world) as google, mail_server() as (box, port):
        (home / "client_secret.json").write_text(_client(google))
        yield Week(cli, home, world, google, box, port)


def _client(google: Google) -> str:
    return json.dumps(google.client_secrets())


def carried_out(week: Week, page: str) -> str:
    """The page as it reads once everything in it has been done."""

    def step(found: re.Match[str]) -> str:
        kind, block, what, how = found.groups()
        if kind == "console":
            return f"```console\n{week.run(block)}```"
        if kind == "toml":
            week.write(block)
        else:
            week.happens(what, how)
        return found[0]

    return _STEP.sub(step, page)


def test_the_first_week_goes_as_the_page_says(week: Week) -> None:
    written = PAGE.read_text(encoding="utf-8")
    found = carried_out(week, written)
    if os.environ.get(WRITE):
        PAGE.write_text(found, encoding="utf-8")
    assert found == written, "`make first-week` writes it anew"
