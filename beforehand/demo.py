"""The demo: a fictional freelancer's three years, read from a stand-in for Google on this machine.

Nothing leaves the machine and no account is needed: the same connectors, store, scoring and
report run as they would against the real service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from beforehand import config, work
from beforehand.app import open_app
from beforehand.files import make_private, write_private
from beforehand.mailing import weekly
from beforehand.mailing.delivery import ToFile, deliver
from connectors.api import Log, Progress
from connectors.standin import MAIL_HOSTS, World, build_world, serve
from report import render
from report.text.language import DEFAULT
from sync.engine import SyncResult

SCOPES = (
    "https://www.googleapis.com/auth/gmail.metadata",
    "https://www.googleapis.com/auth/calendar.events.readonly",
)


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo leaves behind: the folder it lived in, what was read, and the report.

    `named` is the first person in the report, if any.
    """

    folder: Path
    at: datetime
    read: tuple[SyncResult, ...]
    report: Path
    text: str
    named: str


def run(
    folder: Path,
    end: date,
    log: Log,
    watch: Callable[[str], AbstractContextManager[Progress]],
    locale: str = DEFAULT,
) -> DemoResult:
    """Build the world that ends on `end`, read it, judge it, and write its report into `folder`.

    The report is in the language of `locale`.
    The folder can be looked at afterwards with every command: its configuration stays in it.
    """
    world = build_world(end=end)
    make_private(folder)
    with serve(world) as google:
        credentials = folder / "credentials.json"
        write_private(credentials, json.dumps(google.credentials(SCOPES)).encode())
        path = folder / "config.toml"
        write_private(path, configuration(world, google.url, credentials, folder, locale).encode())
        settings = config.load(path)
        with open_app(settings, log, now=lambda: world.end) as app:
            read = []
            for source in settings.sources:
                with watch(source.id) as progress:
                    read.append(work.sync_source(app, source, progress=progress))
            written = weekly.compose(app, world.end + timedelta(minutes=30))
    report = folder / "report.html"
    for target in (report, report.with_suffix(".txt"), report.with_suffix(".eml")):
        deliver(written.message, ToFile(target))
    people = written.view.sections.get("people")
    named = people.rows[0].name if people else ""
    return DemoResult(folder, world.end, tuple(read), report, render.text(written.view), named)


def configuration(
    world: World, url: str, credentials: Path, folder: Path, locale: str = DEFAULT
) -> str:
    """The text of a configuration that reads a world served at `url` into a store in `folder`."""
    owner = world.owner
    store = json.dumps(f"sqlite:///{folder / 'beforehand.db'}")
    addresses = json.dumps(list(owner.addresses))  # a TOML array of plain strings is a JSON one
    sources = "\n".join(
        f"[[sources]]\n"
        f'id = "{key}"\n'
        f'type = "{kind}"\n'
        f"credentials = {json.dumps(str(credentials))}\n"
        f'api_endpoint = "{url}"\n{more}'
        for key, kind, more in (
            ("mail", "gmail", "units_per_minute = 100000000   # the stand-in is in no hurry\n"),
            ("calendar", "google_calendar", ""),
        )
    )
    return (
        "# The demo's fictional owner. The stand-in for Google is gone once the demo has ended;\n"
        "# what was read from it stays in the store beside this file.\n\n"
        "[owner]\n"
        f'name = "{owner.name}"\n'
        f"addresses = {addresses}\n"
        f'timezone = "{owner.timezone}"\n\n'
        "[store]\n"
        f"url = {store}\n\n"
        "[network]\n"
        f"mail_hosts = {json.dumps(list(MAIL_HOSTS))}\n\n"
        f"{sources}\n"
        "[report]\n"
        f'to = "{owner.addresses[0]}"\n'
        f'locale = "{locale}"\n'
    )
