"""All commands by their names, as the command line registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import typer.main

from beforehand.cli.root import register

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

COMMANDS = cast(
    "dict[str, TyperCommand]", cast("TyperGroup", typer.main.get_command(register())).commands
)
