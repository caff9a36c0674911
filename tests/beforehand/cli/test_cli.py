"""The command line: help, what goes wrong and how it is said, and what a stop leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from beforehand import __version__
from beforehand import cli as commands
from beforehand.terminal import brief, inert, inert_json
from tests.support.commands import COMMANDS
from tests.support.owner import ADA, MAIL, NOW, Cli, InstallConnector, OpenApp, mail, write_mbox

ROOT = Path(__file__).parents[3]
HEAVY = {"google", "googleapiclient", "sqlalchemy", "alembic", "numpy", "pydantic", "jinja2"}
PEOPLE = ("why", "keep", "ignore", "snooze", "split", "forget", "export")


def run(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "beforehand", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        **more,
    )


# Help


def test_help_lists_every_command_in_a_newcomers_order_and_no_line_is_cut(cli: Cli) -> None:
    said = cli("--help")
    listed = [line.split()[0] for line in said.out.partition("Commands:\n")[2].splitlines()[:-2]]
    assert listed == [
        *("demo", "init", "auth", "sync", "people", "why", "network", "report", "daemon"),
        *("service", "doctor", "replay", "connectors", "met", "note", "keep", "ignore", "snooze"),
        *("helped", "asked", "pause", "resume", "merge", "split", "forget", "export"),
    ]
    assert not [line for line in said.out.splitlines() if line.startswith("  ") and "..." in line]
    assert max(len(line) for line in said.out.splitlines()) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_explains_its_options(cli: Cli, command: str) -> None:
    said = cli(command, "--help")
    assert said.out.startswith(f"Usage: beforehand {command}")
    assert said.err == ""


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['beforehand', '--help']\n"
        "from beforehand.cli import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {name.partition(".")[0] for name in shown.stderr.split()} & HEAVY


def test_without_a_command_the_help_is_shown(cli: Cli) -> None:
    said = cli(code=2)
    assert "Commands:" in said.out + said.err


def test_the_version_is_said(cli: Cli) -> None:
    assert cli("--version").out == f"beforehand {__version__}\n"


def test_the_module_and_the_script_are_the_same() -> None:
    shown = run("--version")
    assert (shown.returncode, shown.stdout) == (0, f"beforehand {__version__}\n")


# What goes wrong


@pytest.mark.parametrize(
    "words",
    [
        *(("sync",), ("people",), ("people", "--json"), ("why", "bo"), ("report",), ("daemon",)),
        *(("report", "--send"), ("auth", "mail"), ("keep", "bo"), ("ignore", "bo"), ("export",)),
        *(("snooze", "bo"), ("merge", "bo", "cleo"), ("split", "bo"), ("forget", "bo", "--yes")),
    ],
)
def test_without_a_configuration_every_command_says_how_to_get_one(
    cli: Cli, tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = cli(*words, code=2)
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("beforehand: there is no configuration at ")
    assert "`beforehand init`" in line
    assert [path.name for path in tmp_path.rglob("*")] == []  # and nothing was created


@pytest.mark.usefixtures("synced")
@pytest.mark.parametrize("command", PEOPLE)
def test_an_unknown_person_is_one_line_and_no_traceback(cli: Cli, command: str) -> None:
    said = cli(command, "Nobody", code=1)
    assert said.out == ""
    assert said.err == (
        "beforehand: nobody here is called 'Nobody': see `beforehand people`, "
        "or use their address\n"
    )


@pytest.mark.usefixtures("synced")
@pytest.mark.parametrize("command", PEOPLE)
def test_a_name_that_means_several_lists_them(cli: Cli, command: str) -> None:
    said = cli(command, "Bo", code=1)  # Bo Lindgren, and Boris Rask
    (line,) = said.err.splitlines()
    assert "Bo Lindgren <bo@example.net>, Boris Rask <boris@example.com>" in line
    assert line.endswith("use the address")


@pytest.mark.usefixtures("synced")
def test_merge_names_whichever_person_it_cannot_find(cli: Cli) -> None:
    assert "'Nobody'" in cli("merge", "cleo", "Nobody", code=1).err
    assert "'Nobody'" in cli("merge", "Nobody", "cleo", code=1).err


@pytest.mark.usefixtures("synced")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("people", "--as-of", "tomorrow"), "--as-of 'tomorrow' is no date"),
        (("people", "--as-of", "0001-01-01"), "--as-of '0001-01-01' is not within"),
        (("report", "--as-of", "9999-12-31"), "--as-of '9999-12-31' is not within"),
        (("snooze", "cleo", "--until", "soon"), "--until 'soon' is no date"),
        (("snooze", "cleo", "--until", "2026-11-01"), "--until '2026-11-01' is past"),
        (("report", "--out", "x.pdf"), "x.pdf: a report's file ends in .eml, .html or .txt"),
        (("report", "--send", "--out", "x.html"), "leave out --as-of, --out and --open"),
        (("sync", "post"), "no source is called 'post': there are mail"),
        (("auth", "post"), "no source is called 'post'"),
        (("auth", "mail"), "needs no authorisation"),
        (("auth", "smtp"), "[report.smtp] username: missing"),
    ],
)
def test_wrong_usage_is_said_in_one_line(cli: Cli, words: tuple[str, ...], says: str) -> None:
    (line,) = cli(*words, code=2).err.splitlines()
    assert says in line


def test_an_unknown_command_or_option_is_wrong_usage(cli: Cli) -> None:
    assert "No such command" in cli("pepole", code=2).err
    assert "No such option" in cli("people", "--jsno", code=2).err


def test_a_missing_archive_is_a_failed_source_and_the_others_are_read(
    cli: Cli, synced: Path
) -> None:
    path = synced / "config.toml"
    path.write_text(
        path.read_text() + '[[sources]]\nid = "old"\ntype = "mbox"\npath = "/nowhere.mbox"\n'
    )
    said = cli("sync", "--json", code=2)
    assert [(one["id"], one["state"]) for one in said.json] == [("mail", "ok"), ("old", "broken")]
    (line,) = said.err.splitlines()
    assert line.startswith("beforehand: old: ")
    assert "/nowhere.mbox" in line


REFUSES = """
from connectors.api import Channel, SourceConfig
from connectors.errors import AuthRequired

class Shy:
    name = "shy"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig
    def __init__(self, config, context): ...
    def check(self): raise AuthRequired("give access with `beforehand auth shy`")
    def pull(self, cursor):
        self.check()
        yield
    def authorize(self, *, open_browser=True): return f"granted, browser: {open_browser}"
"""


def test_a_source_that_needs_authorisation_asks_for_it_by_its_exit_code(
    cli: Cli, home: Path, install_connector: InstallConnector
) -> None:
    install_connector("shy", "shy_code:Shy", REFUSES)
    path = home / "config.toml"
    path.write_text(path.read_text() + '[[sources]]\nid = "shy"\ntype = "shy"\n')
    said = cli("sync", code=3)
    assert said.out.startswith("mail: ")
    assert said.err == "beforehand: shy: give access with `beforehand auth shy`\n"
    granted = cli("auth", "shy", "--no-browser")
    assert granted.out == "granted, browser: False\nNow read it: beforehand sync shy\n"


@pytest.mark.usefixtures("synced")
def test_an_unforeseen_error_is_one_line_and_a_traceback_only_with_debug(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_args: object) -> None:
        raise ZeroDivisionError("on the\nfloor")

    monkeypatch.setattr("beforehand.analysis.snapshot.open_snapshot", fall)
    said = cli("people", code=1)
    assert said.err == (
        "beforehand: unexpected ZeroDivisionError: on the floor. "
        "Run it again with --debug, and report it\n"
    )
    monkeypatch.setattr(sys, "argv", ["beforehand", "--debug", "people"])
    with pytest.raises(ZeroDivisionError):
        commands.main()


def test_a_store_that_is_none_says_so(cli: Cli, home: Path) -> None:
    (home / "garbage.db").write_bytes(b"no database" * 1000)
    path = home / "config.toml"
    path.write_text(path.read_text() + f'[store]\nurl = "sqlite:///{home}/garbage.db"\n')
    (line,) = cli("people", code=1).err.splitlines()
    assert "is no store of beforehand" in line


def test_a_database_error_quotes_nobody(opened: OpenApp) -> None:
    with (
        opened() as app,
        app.store.read() as connection,
        pytest.raises(sa.exc.DBAPIError) as error,
    ):
        connection.execute(sa.text("SELECT :who FROM nowhere"), {"who": "bo@example.net"})
    assert "bo@example.net" not in str(error.value)
    assert brief(error.value) == "OperationalError: no such table: nowhere"


def test_a_source_that_is_being_read_is_told_of_and_the_others_are_read(
    cli: Cli, home: Path, opened: OpenApp
) -> None:
    write_mbox(home / "old.mbox", [mail(NOW - timedelta(days=900), ADA, "x@example.com")])
    more = MAIL.format(path=home / "old.mbox").replace('"mail"', '"old"')
    with opened(more) as app, app.store.exclusive(f"sync-{app.owner_id}-mail"):
        said = cli("sync", code=1)
    assert said.out == "old: 1 new\n"
    assert said.err.startswith("beforehand: mail: another beforehand is at work")


# What a terminal would obey


def test_what_would_act_on_a_terminal_is_made_visible() -> None:
    assert inert("plain\nwords, Zoë, 山田, a👨‍👩‍👧") == "plain\nwords, Zoë, 山田, a👨‍👩‍👧"
    assert inert("a\x1b[2Jb\x07\r\x9b31m\u202ec\ud800") == "a�[2Jb���31m�c�"
    text = json.dumps({"name": "a\x1b[2J\x9b\u202e\U000e0041"}, ensure_ascii=False, indent=1)
    assert json.loads(inert_json(text)) == json.loads(text)
    assert inert(inert_json(text)) == inert_json(text)


def test_escapes_in_a_name_never_reach_the_terminal(cli: Cli, home: Path) -> None:
    evil = "=?utf-8?q?Eve=1B[2J=1B]0;owned=07=C2=9B31m=E2=80=AE?= <eve@example.net>"
    talked = [
        mail(NOW - timedelta(days=n), *way)
        for n in range(3, 90, 7)
        for way in ((evil, ADA), (ADA, evil))
    ]
    write_mbox(home / "mail.mbox", talked)
    said = [
        cli("sync"),
        cli("people"),
        cli("people", "--json"),
        cli("why", "eve@example.net"),
        cli("why", "eve@example.net", "--json"),
        cli("report"),
        cli("report", "--json"),
        cli("export"),
        cli("snooze", "eve"),
        cli("keep", "eve"),
        cli("merge", "eve", "eve", code=1),
        cli("split", "eve", code=1),
        cli("ignore", "eve"),
        cli("people", "--bulk"),
        cli("forget", "eve", answers="n\n", code=1),
        cli("forget", "eve", answers="y\n"),
    ]
    shown = "".join(one.out + one.err for one in said)
    assert "Eve" in shown
    assert not set("\x1b\x07\x9b\u202e") & set(shown)
