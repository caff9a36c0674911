"""A first configuration, written for the owner by `beforehand init`."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from beforehand import config
from beforehand.files import write_private
from connectors.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Answers:
    """What the owner said. `google_client` is their OAuth client's JSON file."""

    name: str
    addresses: tuple[str, ...]
    timezone: str
    mbox: Path | None = None
    google_client: Path | None = None


def refuse_to_overwrite(path: Path) -> None:
    """Raise ConfigError where there is a configuration already."""
    if path.exists():
        raise ConfigError(f"{path} exists already: edit it, or move it away first")


def with_mbox(answers: Answers, text: str) -> Answers:
    """The answers with the archive that was named, if any was."""
    return replace(answers, mbox=Path(text.strip())) if text.strip() else answers


def local_zone() -> str:
    """The machine's time zone by name; UTC where it cannot be told."""
    if named := os.environ.get("TZ", "").lstrip(":"):
        return named
    link = Path("/etc/localtime")
    if link.is_symlink():
        _, found, zone = str(link.resolve()).partition("zoneinfo/")
        if found:
            return zone
    return "UTC"


def write(path: Path, answers: Answers) -> None:
    """Write the configuration, readable by the owner alone. ConfigError for unfit answers."""
    text = render(answers)
    config.parse(tomllib.loads(text), path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, text.encode())


def render(answers: Answers) -> str:
    """The configuration as commented TOML."""
    addresses = ", ".join(_quoted(one) for one in answers.addresses)
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
        blocks.append(
            f'[[sources]]\nid = "archive"\ntype = "mbox"\npath = {_quoted(str(answers.mbox))}\n'
        )
    if answers.google_client is not None:
        client = _quoted(str(answers.google_client))
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


def next_steps(answers: Answers) -> list[str]:
    """What the owner does now, in order."""
    steps = []
    if answers.google_client is not None:
        steps += ["beforehand auth mail", "beforehand auth calendar"]
    if answers.mbox is None and answers.google_client is None:
        steps.append("add a [[sources]] table to it: see `beforehand connectors`")
    return [*steps, "beforehand sync", "beforehand report"]


def _report_address(answers: Answers) -> str:
    return next((one for one in answers.addresses if "*" not in one), "")


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = "".join(
        f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\u{ord(c):04x}" for c in text
    )
    return f'"{escaped}"'
