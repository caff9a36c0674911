"""The configuration: every fault is named, with its key, at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from beforehand import config
from beforehand.config import Config, model
from beforehand.errors import UsageError
from connectors import registry
from connectors.errors import ConfigError
from tests.support.owner import Cli, InstallConnector

OWNER = '[owner]\nname = "Ada"\naddresses = ["ada@example.org"]\n'
EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def load(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        load(folder, text)
    return error.value.problems


def test_five_mistakes_are_named_at_once_each_with_its_key(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[owner]\nname = "Ada"\naddresses = ["ada at example.org"]\ntimezone = "Berlin"\n'
        '[report]\ntime = "half past seven"\npeople = 50\n'
        '[[sources]]\nid = "mail"\ntype = "gmial"\n'
    )
    said = cli("--config", path, "sync", code=2)
    lines = said.err.splitlines()
    assert len(lines) == 5
    for key in (
        "[owner] addresses.1:",
        "[owner] timezone:",
        "[report] time:",
        "[report] people:",
        "[[sources]] mail type:",
    ):
        assert sum(line.startswith(f"beforehand: {key}") for line in lines) == 1, key
    assert said.out == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "[owner] name: missing"),
        ("", "[owner] addresses: missing"),
        ('owner = "Ada"', "[owner]: write it as a table of its own"),
        ('[owner]\nname = ""\naddresses = ["a@b.example"]', "[owner] name: may not be empty"),
        ('[owner]\nname = "Ada"\naddresses = []', "[owner] addresses: name at least one"),
        ('[owner]\nname = "Ada"\naddresses = "a@b.example"', "[owner] addresses: write it as a"),
        (
            f'[owner]\nname = "{"A" * 256}"\naddresses = ["a@b.example"]',
            "[owner] name: string should",
        ),
        ('[owner]\nname = 7\naddresses = ["a@b.example"]', "[owner] name: write it in quotes"),
        (OWNER + 'id = "Ada W"', "[owner] id: begin with a small letter"),
        (OWNER + 'timezone = ""', "[owner] timezone: '' is no time zone"),
        (OWNER + 'timezone = "Europe"', "[owner] timezone: 'Europe' is no time zone"),
        (OWNER + 'timezone = "/etc/passwd"', "[owner] timezone: '/etc/passwd' is no time zone"),
        (OWNER + '[report]\nto = "Ada"', "[report] to: 'Ada' is no mail address"),
        (OWNER + '[report]\nto = "å@example.org"', "[report] to: 'å@example.org' is not a mail"),
        (OWNER + '[report]\nday = "Monday"', "[report] day: input should be 'monday'"),
        (OWNER + '[report]\ntime = "7:30"', "[report] time: '7:30' is no time of day"),
        (OWNER + '[report]\ntime = "24:00"', "[report] time: '24:00' is no time of day"),
        (OWNER + "[report]\npeople = 0", "[report] people: input should be greater"),
        (OWNER + '[report]\nvia = "smtp"', "[report.smtp] host: missing, and via = 'smtp'"),
        (OWNER + "[report.smtp]\nport = 1", "[report.smtp] host: missing"),
        (OWNER + '[report]\nsmtp = "x"', "[report] smtp: write it as a table of its own"),
        (
            OWNER + '[report.smtp]\nhost = "mail.example"\nsecurity = "none"',
            '[report.smtp] security: "none" would send',
        ),
        (
            OWNER + '[report.smtp]\nhost = "mail.example"\nhots = 1',
            "[report.smtp] hots: not known here (did you mean host?)",
        ),
        (OWNER + "[daemon]\nsync_minutes = 1", "[daemon] sync_minutes: input should be greater"),
        (OWNER + '[store]\nurl = "mysql://x/y"', "[store] url: not understood"),
        (OWNER + '[store]\nurl = "/tmp/x.db"', "[store] url: not understood"),
        (OWNER + '[store]\nurl = "postgresql+psycopg://x/y"', "[owner] id: missing, and the store"),
        (OWNER + "[reprot]\n", "[reprot]: not known here (did you mean report?)"),
        (OWNER + "adresses = []", "[owner] adresses: not known here (did you mean addresses?)"),
        ('sources = "mail"\n' + OWNER, "sources: write each source as a table"),
        (OWNER + '[[sources]]\nid = "mail"', "[[sources]] mail type: missing"),
        (OWNER + '[[sources]]\ntype = "mbox"\npath = "x"', "[[sources]] number 1 id: missing"),
        (
            OWNER + '[[sources]]\nid = "My mail"\ntype = "mbox"\npath = "x"',
            "[[sources]] My mail id: begin with a small letter",
        ),
        (OWNER + '[[sources]]\nid = "mail"\ntype = "mbox"', "[[sources]] mail path: missing"),
        (
            OWNER + '[[sources]]\nid = "mail"\ntype = "mbox"\npaht = "x"',
            "[[sources]] mail paht: not known here (did you mean path?)",
        ),
        (
            OWNER + '[[sources]]\nid = "mail"\ntype = "mbx"',
            "[[sources]] mail type: no connector is called 'mbx': did you mean 'mbox'?",
        ),
        (
            OWNER + '[[sources]]\nid = "mail"\ntype = "carrier pigeon"',
            "[[sources]] mail type: no connector is called 'carrier pigeon': there are csv,",
        ),
        (
            OWNER + '[[sources]]\nid = "report"\ntype = "mbox"\npath = "x"',
            "[[sources]] report id: `beforehand auth report` means",
        ),
    ],
)
def test_each_kind_of_fault_is_named(tmp_path: Path, text: str, fault: str) -> None:
    found = faults(tmp_path, text)
    assert any(one.startswith(fault) for one in found), found


def test_two_sources_of_one_id_are_a_fault(tmp_path: Path) -> None:
    source = '[[sources]]\nid = "mail"\ntype = "mbox"\npath = "x"\n'
    assert faults(tmp_path, OWNER + source * 2) == ("[[sources]] mail id: two sources have it",)


@pytest.mark.parametrize(
    "pattern", ["*", "a*@example.org", "*@*.example", "*@example", "**@b.example"]
)
def test_only_a_whole_domain_is_a_pattern(tmp_path: Path, pattern: str) -> None:
    text = f'[owner]\nname = "Ada"\naddresses = ["ada@example.org", "{pattern}"]\n'
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f"[owner] addresses.2: '{pattern}' is no pattern")


def test_a_pattern_makes_every_address_of_a_domain_the_owners(tmp_path: Path) -> None:
    found = load(
        tmp_path, '[owner]\nname = "Ada"\naddresses = ["*@ada.example", "ada@example.org"]\n'
    )
    assert "anything@ada.example" in found.own
    assert "anything@example.org" not in found.own
    assert found.report_to == "ada@example.org"


def test_patterns_alone_say_nowhere_to_send_the_report(tmp_path: Path) -> None:
    text = '[owner]\nname = "Ada"\naddresses = ["*@ada.example"]\n'
    assert faults(tmp_path, text) == (
        "[report] to: missing, and [owner] addresses has only patterns",
    )
    assert load(tmp_path, text + '[report]\nto = "a@b.example"').report_to == "a@b.example"


def test_what_is_left_out_has_a_sensible_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    found = load(tmp_path, OWNER)
    assert found.owner.id == "me"
    assert found.owner.timezone == "UTC"
    assert found.store_url == "sqlite:////data/beforehand/beforehand.db"
    assert (found.report.day, found.report.time) == ("monday", "07:30")
    assert (found.report.people, found.report.via) == (5, "file")
    assert found.daemon.sync_minutes == 60
    assert found.sources == ()


def test_a_time_may_be_written_without_quotes(tmp_path: Path) -> None:
    assert load(tmp_path, OWNER + "[report]\ntime = 07:05:00\n").report.time == "07:05"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + OWNER).owner.name == "Ada"


def test_what_is_no_toml_says_where(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "[owner]\nname = Ada\n")
    assert fault.startswith(f"{tmp_path / 'config.toml'} is not TOML: ")
    assert "line 2" in fault


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write one with `beforehand init`"):
        config.load(tmp_path / "none.toml")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        config.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[owner]\nname = "Ren\xe9"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        config.load(tmp_path / "latin.toml")


def test_the_configuration_is_the_one_chosen_else_named_else_the_platforms(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "platform"))
    assert f"{tmp_path}/platform/beforehand/config.toml" in cli("people", code=2).err
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(tmp_path / "named.toml"))
    assert f"{tmp_path}/named.toml" in cli("people", code=2).err
    chosen = tmp_path / "chosen.toml"
    assert str(chosen) in cli("--config", chosen, "people", code=2).err


@pytest.mark.parametrize("host", ["provider", "ada@provider.example", "", "a b.example"])
def test_a_mail_host_that_is_no_domain_is_refused(tmp_path: Path, host: str) -> None:
    (fault,) = faults(tmp_path, f'{OWNER}[network]\nmail_hosts = ["{host}"]\n')
    assert fault.startswith("[network] mail_hosts")
    assert "is no domain: write it like 'provider.example'" in fault


@pytest.mark.parametrize(
    ("written", "meant"),
    [("en_GB", "en_GB"), ("en-US", "en_US"), ("de", "de"), ("de-AT", "de_AT"), ("DE_de", "de_DE")],
)
def test_the_reports_language_is_said_as_a_locale(tmp_path: Path, written: str, meant: str) -> None:
    found = load(tmp_path, f'{OWNER}[report]\nlocale = "{written}"')
    assert found.report.locale == meant
    assert load(tmp_path, OWNER).report.locale == "en_GB"


@pytest.mark.parametrize("locale", ["tlh", "fr_FR", "german", "", "de_XX", "../de", "C.UTF-8"])
def test_a_language_without_words_is_a_fault_that_names_those_there_are(
    tmp_path: Path, locale: str
) -> None:
    (fault,) = faults(tmp_path, f'{OWNER}[report]\nlocale = "{locale}"')
    assert fault == (
        f"[report] locale: no words in {locale!r} yet: "
        "say 'de', 'en', or with a country, as in 'en_GB'"
    )


# The example


def _whole_example() -> str:
    """The example with every optional line put in force."""
    lines = EXAMPLE.read_text().splitlines()
    return "\n".join(
        one[1:] if one.startswith("#") and one[1:2].isalpha() else one for one in lines
    )


def test_the_example_is_a_configuration_as_it_stands_and_with_every_line_in_force(
    tmp_path: Path,
) -> None:
    assert {one.type for one in config.load(EXAMPLE).sources} == set(registry.BUILT_IN)
    found = load(tmp_path, _whole_example())
    assert found.store_url.startswith("postgresql")
    assert found.report.smtp is not None


def _models() -> dict[str, type[BaseModel]]:
    tables = {
        "owner": model.OwnerSection,
        "store": model.StoreSection,
        "report": model.ReportSection,
        "report.smtp": model.SmtpSection,
        "report.gmail": model.GmailSection,
        "daemon": model.DaemonSection,
        "network": model.NetworkSection,
    }
    return tables | {kind: registry.load(kind).Config for kind in registry.BUILT_IN}


@pytest.mark.parametrize("where", [*_models()])
def test_the_example_shows_every_key(where: str) -> None:
    table = tomllib.loads(_whole_example())
    if where in registry.BUILT_IN:
        shown = next(one for one in table["sources"] if one["type"] == where)
    else:
        shown = table
        for key in where.split("."):
            shown = shown[key]
    assert set(shown) == set(_models()[where].model_fields)


# Connectors of other people


NAP = """
from collections.abc import Iterator
from connectors.api import Batch, Channel, SourceConfig

class Nap:
    name = "nap"
    channels = frozenset({Channel.MAIL})
    class Config(SourceConfig):
        seconds: int
    def __init__(self, config, context):
        pass
    def check(self):
        return "asleep"
    def pull(self, cursor):
        yield Batch(cursor="done")
"""


def test_a_connector_of_others_is_checked_by_its_own_keys(
    tmp_path: Path, install_connector: InstallConnector
) -> None:
    install_connector("nap", "nap_connector:Nap", NAP)
    source = '[[sources]]\nid = "sofa"\ntype = "nap"\n'
    assert (
        load(tmp_path, OWNER + source + "seconds = 3").source("sofa").model_dump()["seconds"] == 3
    )
    assert faults(tmp_path, OWNER + source + 'seconds = "long"')[0].startswith(
        "[[sources]] sofa seconds: "
    )


def test_a_source_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    found = load(tmp_path, OWNER + '[[sources]]\nid = "mail"\ntype = "mbox"\npath = "x"')
    with pytest.raises(UsageError, match="no source is called 'post': there are mail"):
        found.source("post")
    with pytest.raises(UsageError, match=r"no source is called 'mail': add it to .*\.toml as a"):
        load(tmp_path, OWNER).source("mail")
