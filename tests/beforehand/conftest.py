"""The command line in process, mailboxes and stores, a clock to set, connectors of strangers."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import time_machine
from sqlalchemy.engine import make_url

from beforehand import config as configuration
from beforehand import work
from beforehand.app import App, open_app
from beforehand.cli import main
from tests.support.owner import (
    CONFIG,
    MAIL,
    NOW,
    Cli,
    CliResult,
    EventLog,
    InstallConnector,
    OpenApp,
    SettableClock,
    sample_mail,
    write_mbox,
)
from tests.support.several_owners import MakeHome, OwnerHome, libpq_url


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def event_log() -> EventLog:
    return EventLog()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command as the console script does, at the time of the story; expect an exit code."""

    def run(*words: object, code: int = 0, answers: str = "", now: datetime = NOW) -> CliResult:
        monkeypatch.setattr(sys, "argv", ["beforehand", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        with time_machine.travel(now, tick=False), pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert end.value.code == code, f"exit code {end.value.code}\n{out}\n{err}"
        return CliResult(code, out, err)

    return run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with Ada's configuration, named by the environment, and her mail, not yet read."""
    folder = tmp_path / "home"
    folder.mkdir()
    archive = write_mbox(folder / "mail.mbox", sample_mail(NOW))
    path = folder / "config.toml"
    path.write_text(CONFIG + MAIL.format(path=archive))
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(path))
    return folder


@pytest.fixture(scope="session")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada's mail, and a store into which it has been read."""
    folder = tmp_path_factory.mktemp("ada")
    archive = write_mbox(folder / "mail.mbox", sample_mail(NOW))
    path = folder / "config.toml"
    store = f'[store]\nurl = "sqlite:///{folder}/beforehand.db"\n'
    path.write_text(CONFIG + MAIL.format(path=archive) + store)
    settings = configuration.load(path)
    with (
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(NOW, tick=False),
    ):
        patch.setenv("BEFOREHAND_SECRETS", "file")
        with open_app(settings, EventLog()) as app:
            assert work.sync_source(app, settings.source("mail")).state == "ok"
    return folder


@pytest.fixture
def synced(read_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As `home`, and the mail has been read."""
    folder = tmp_path / "home"
    folder.mkdir()
    path = folder / "config.toml"
    path.write_text(CONFIG + MAIL.format(path=read_once / "mail.mbox"))
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(path))
    data = Path(os.environ["XDG_DATA_HOME"]) / "beforehand"
    data.mkdir(parents=True)
    shutil.copy(read_once / "beforehand.db", data)
    return folder


@pytest.fixture
def database(postgres: str) -> str:
    """The URL of an empty PostgreSQL database."""
    name = f"front_{uuid4().hex}"
    with psycopg.connect(libpq_url(postgres), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def make_home(tmp_path: Path, cli: Cli) -> MakeHome:
    """Where an owner's configuration is to be: (owner, store's URL) -> home."""

    def make(owner: str, url: str) -> OwnerHome:
        folder = tmp_path / f"{owner}-{make_url(url).get_backend_name()}"
        folder.mkdir()
        return OwnerHome(folder / "config.toml", url, owner, cli)

    return make


@pytest.fixture
def opened(request: pytest.FixtureRequest, clock: SettableClock, event_log: EventLog) -> OpenApp:
    """Open the application on a clock of ours; more configuration may be given, or another one."""
    where = "synced" if "synced" in request.fixturenames else "home"
    path = request.getfixturevalue(where) / "config.toml"

    def open_it(more: str = "", *, text: str | None = None) -> AbstractContextManager[App]:
        if text is not None:
            path.write_text(text)
        elif more:
            path.write_text(path.read_text() + more)
        return open_app(configuration.load(path), event_log, now=clock)

    return open_it


@pytest.fixture
def install_connector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallConnector:
    """Install a package that brings a connector: (type, target, source code) -> its folder."""

    def install(kind: str, target: str, code: str) -> Path:
        module, _, _ = target.partition(":")
        folder = tmp_path / f"{kind}-package"
        metadata = folder / f"{module}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[beforehand.connectors]\n{kind} = {target}\n")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, module, raising=False)
        return folder

    return install
