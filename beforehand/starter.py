"""A first configuration, written for the owner by `beforehand init`."""

from __future__ import annotations

import os
import shlex
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import available_timezones

from beforehand import config
from beforehand.errors import UsageError
from beforehand.files import make_private, write_private
from connectors.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SetupAnswers:
    """What the owner answered. `google_client` is their OAuth client's JSON file."""

    name: str
    addresses: tuple[str, ...]
    timezone: str
    mbox: Path | None = None
    google_client: Path | None = None


def refuse_to_overwrite(path: Path) -> None:
    """Raise UsageError where there is a configuration already."""
    if path.exists():
        raise UsageError(f"{path} exists already: edit it, or move it away first")


def with_mbox(answers: SetupAnswers, text: str) -> SetupAnswers:
    """Return the answers with the archive that was named, if any was."""
    return replace(answers, mbox=Path(text.strip())) if text.strip() else answers


def local_zone() -> str:
    """The machine's time zone by name; UTC where it cannot be told."""
    link = Path("/etc/localtime")
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    # $TZ may also hold a rule ("CET-1CEST") or a file's path, which are no names.
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        if name in available_timezones():
            return name
    return "UTC"


def write(path: Path, answers: SetupAnswers) -> None:
    """Write the configuration, readable by the owner alone. ConfigError for unfit answers."""
    text = render(answers)
    config.parse(tomllib.loads(text), path)
    try:
        make_private(path.parent)
        write_private(path, text.encode())
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def render(answers: SetupAnswers) -> str:
    """The configuration as commented TOML."""
    addresses = ", ".join(_quoted(address) for address in answers.addresses)
    head = (
        "# Beforehand's configuration. Every key is explained in config.example.toml.\n"
        "\n"
        "[owner]\n"
        f"name = {_quoted(answers.name)}\n"
        f"addresses = [{addresses}]   # all your own; *@your-domain.example works\n"
        f"timezone = {_quoted(answers.timezone)}\n"
    )
    blocks = [head]
    if answers.mbox is not None:
        archive = _quoted(_lasting(answers.mbox))
        blocks.append(f'[[sources]]\nid = "archive"\ntype = "mbox"\npath = {archive}\n')
    if answers.google_client is not None:
        client = _quoted(_lasting(answers.google_client))
        blocks.extend(
            f'[[sources]]\nid = "{name}"\ntype = "{kind}"\nclient_secrets = {client}\n'
            for name, kind in (("mail", "gmail"), ("calendar", "google_calendar"))
        )
    blocks.append(
        "[report]\n"
        f"to = {_quoted(_report_address(answers))}\n"
        'day = "monday"\n'
        'time = "07:30"\n'
        "people = 5\n"
        'via = "file"   # or "smtp", or "gmail"\n'
    )
    return "\n".join(blocks)


def next_steps(answers: SetupAnswers, chosen: Path | None = None) -> list[str]:
    """What the owner does now, in order; `chosen` is the `--config` to say each time."""
    call = "beforehand" if chosen is None else f"beforehand --config {shlex.quote(str(chosen))}"
    steps = []
    if answers.google_client is not None:
        steps += [f"{call} auth mail", f"{call} auth calendar"]
    if answers.mbox is None and answers.google_client is None:
        steps.append(f"add a [[sources]] table to it (`{call} connectors` lists their types)")
    return [*steps, f"{call} sync", f"{call} report"]


def _lasting(path: Path) -> str:
    """A path that means the same wherever a command is run from; ~ stays, it is the owner's."""
    return str(path if str(path).startswith("~") else path.absolute())


def _report_address(answers: SetupAnswers) -> str:
    return next((address for address in answers.addresses if "*" not in address), "")


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = "".join(
        f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\u{ord(c):04x}" for c in text
    )
    return f'"{escaped}"'
