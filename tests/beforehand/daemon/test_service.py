"""The daemon as a service: what is written for systemd and launchd, and what they are told."""

from __future__ import annotations

import getpass
import os
import plistlib
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from beforehand import config as configuration
from beforehand.daemon import liveness
from beforehand.daemon.service.base import DaemonCommand
from beforehand.daemon.service.launchd import Launchd
from beforehand.daemon.service.systemd import Systemd
from tests.support.owner import CONFIG, NOW, Cli

CONTRIB = Path(__file__).parents[3] / "contrib"
# In the system's place at the edge of the machine: writes down what it is told, and remembers
# whether a service runs.
FAKE = """#!/bin/sh
echo "$(basename "$0") $*" >> '{folder}/told'
case "$*" in
  *restart*|bootstrap*) touch '{folder}/runs' ;;
  *disable*|bootout*) rm -f '{folder}/runs' ;;
  *is-active*) test -e '{folder}/runs' && echo active || echo inactive ;;
  *is-enabled*) echo enabled ;;
  print*) test -e '{folder}/runs' && echo 'state = running' ;;
  *Linger*) cat '{folder}/linger' ;;
esac
"""


class FakeServiceCommands:
    """The system's commands, faked, and a person who is not root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "linger").write_text("no\n")

    def has(self, name: str, script: str = FAKE) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script.format(folder=self.folder))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    @property
    def told(self) -> list[str]:
        """What its commands were told, and what was only asked left out."""
        path = self.folder / "told"
        lines = path.read_text().splitlines() if path.exists() else []
        return [one for one in lines if "is-" not in one and "Linger" not in one]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeServiceCommands:
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "platform", "linux")
    made = FakeServiceCommands(folder)
    for name in ("systemctl", "loginctl"):
        made.has(name)
    return made


@pytest.fixture
def mac(
    machine: FakeServiceCommands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FakeServiceCommands:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path / "users" / "ada"))
    machine.has("launchctl")
    return machine


Lines = Callable[[str], dict[str, list[str]]]


def values(unit: str) -> dict[str, list[str]]:
    """The settings of a unit file."""
    found: dict[str, list[str]] = {}
    for line in unit.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.usefixtures("home")
def test_install_writes_the_unit_and_starts_it_and_once_more_changes_nothing(
    cli: Cli, machine: FakeServiceCommands
) -> None:
    said = cli("service", "install")
    path = Systemd().path
    assert path.stat().st_mode & 0o777 == 0o644
    first, second = said.out.splitlines()
    assert first == "beforehand.service is installed, and runs."
    assert second.endswith(f": sudo loginctl enable-linger {getpass.getuser()}")
    assert machine.told == [
        "systemctl --user daemon-reload",
        "systemctl --user enable beforehand.service",
        "systemctl --user restart beforehand.service",
    ]
    (machine.folder / "linger").write_text("yes\n")
    said = cli("service", "install")
    assert said.out == "beforehand.service was installed already, and runs.\n"
    assert len(machine.told) == 3


def test_the_unit_runs_this_very_program_with_the_configuration_that_was_chosen(
    cli: Cli, machine: FakeServiceCommands, home: Path
) -> None:
    strange = home / 'a "50%" $HOME.toml'
    shutil.copy(home / "config.toml", strange)
    unit = cli("--config", strange, "service", "install", "--print").out
    assert machine.told == []
    assert not Systemd().path.exists()
    there = values(unit)
    quoted = str(strange).replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    assert there["ExecStart"] == [f'{sys.executable} -m beforehand --config "{quoted}" daemon']
    assert "BEFOREHAND_SECRETS=file" in there["Environment"]
    assert f"XDG_DATA_HOME={os.environ['XDG_DATA_HOME']}" in there["Environment"]
    given = values((CONTRIB / "systemd/user/beforehand.service").read_text())
    del there["ExecStart"], there["Environment"], given["ExecStart"]
    assert there == given


@pytest.mark.usefixtures("home")
def test_status_says_whether_it_runs_and_when_it_last_gave_a_sign(
    cli: Cli, machine: FakeServiceCommands, home: Path
) -> None:
    assert cli("service", "status", code=1).out.startswith("not installed; no daemon has given")
    cli("service", "install")
    sign = liveness.sign_path(configuration.load(home / "config.toml"))
    liveness.Liveness(path=sign, now=lambda: NOW).beat()
    said = cli("service", "status").out
    assert said == (
        "beforehand.service is enabled and active; the last sign of life was on 23 Nov 2026, "
        "06:30\n"
    )
    (machine.folder / "runs").unlink()
    assert "inactive" in cli("service", "status", code=1).out


@pytest.mark.usefixtures("home")
def test_remove_takes_all_of_it_away_and_once_more_is_no_fault(
    cli: Cli, machine: FakeServiceCommands, home: Path
) -> None:
    cli("service", "install")
    sign = liveness.sign_path(configuration.load(home / "config.toml"))
    liveness.Liveness(path=sign).beat()
    assert cli("service", "remove").out == "It is stopped and removed; your data stay.\n"
    assert not Systemd().path.exists()
    assert not sign.exists()
    assert "systemctl --user disable --now beforehand.service" in machine.told
    assert cli("service", "remove").out == "It was not installed.\n"


@pytest.mark.usefixtures("home", "machine")
def test_secrets_under_a_passphrase_are_told_where_to_put_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS", "passphrase")
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", "a quince and two pears")
    said = cli("service", "install").out
    assert "service.env, chmod 600" in said
    assert "quince" not in said + Systemd().path.read_text()


@pytest.mark.usefixtures("home", "machine")
def test_what_systemd_refuses_is_said_in_a_line(cli: Cli, machine: FakeServiceCommands) -> None:
    machine.has("systemctl", "#!/bin/sh\necho 'Failed to connect to bus: No medium' >&2\nexit 1\n")
    [line] = cli("service", "install", code=1).err.splitlines()
    assert line.endswith("daemon-reload` failed: Failed to connect to bus: No medium")


@pytest.mark.usefixtures("home")
def test_where_nothing_looks_after_services_one_line_says_what_to_do(
    cli: Cli, machine: FakeServiceCommands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(machine.folder))
    [line] = cli("service", "install", code=2).err.splitlines()
    assert "neither systemd nor launchd" in line
    assert "`beforehand daemon`" in line


@pytest.mark.usefixtures("home", "machine")
def test_root_may_look_and_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "run it as yourself" in cli("service", "install", code=2).err
    assert "ExecStart=" in cli("service", "install", "--print").out


@pytest.mark.usefixtures("machine")
def test_a_configuration_that_the_daemon_could_not_run_with_is_not_installed(
    cli: Cli, home: Path
) -> None:
    (home / "config.toml").write_text(CONFIG)
    assert "no [[sources]]" in cli("service", "install", code=2).err
    assert not Systemd().path.exists()


@pytest.mark.usefixtures("home")
def test_on_a_mac_it_is_an_agent_of_launchds(cli: Cli, mac: FakeServiceCommands) -> None:
    said = cli("service", "install")
    assert said.out == "beforehand.daemon is installed, and runs while you are logged in.\n"
    path = Launchd().path
    agent = plistlib.loads(path.read_bytes())
    assert agent["ProgramArguments"][0] == sys.executable
    assert agent["ProgramArguments"][-1] == "daemon"
    assert agent["StandardErrorPath"] == str(Path.home() / "Library/Logs/beforehand.log")
    assert agent["EnvironmentVariables"]["BEFOREHAND_SECRETS"] == "file"
    given = plistlib.loads((CONTRIB / "launchd/beforehand.daemon.plist").read_bytes())
    same = ("KeepAlive", "LowPriorityIO", "ProcessType", "RunAtLoad", "Umask", "Label")
    assert {name: agent[name] for name in same} == {name: given[name] for name in same}
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    domain = f"gui/{os.getuid()}"
    assert mac.told == [
        f"launchctl bootout {domain}/beforehand.daemon",
        f"launchctl bootstrap {domain} {path}",
    ]
    assert "beforehand.daemon runs; " in cli("service", "status").out
    assert "was installed already" in cli("service", "install").out
    cli("service", "remove")
    assert not path.exists()


# What systemd itself makes of the units

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)


def analyze(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/usr/bin/env", "systemd-analyze", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(folder), "SYSTEMD_COLORS": "0"},
    )


def exposure(said: str) -> float:
    """The figure at the end of `systemd-analyze security`."""
    return float(said.partition("exposure level for ")[2].split()[1])


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit_that_is_installed(tmp_path: Path) -> None:
    words = ("-m", "beforehand", "--config", "/a $b%.toml", "daemon")
    command = DaemonCommand((sys.executable, *words), {"A": "b c"})
    path = tmp_path / "beforehand.service"
    path.write_text(Systemd().render(command))
    checked = analyze(tmp_path, "--user", "verify", path)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit_for_servers_and_little_that_is_exposed(
    tmp_path: Path,
) -> None:
    text = (CONTRIB / "systemd/system/beforehand@.service").read_text()
    path = tmp_path / "beforehand@.service"
    path.write_text(text.replace("/opt/beforehand/bin/beforehand", sys.executable))
    checked = analyze(tmp_path, "verify", path)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    said = analyze(tmp_path, "security", "--offline=true", path).stdout
    assert exposure(said) < 2.0
