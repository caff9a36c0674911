"""Commands about the daemon as a service: service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.output import show
from beforehand.cli.root import cli
from beforehand.cli.session import Options
from beforehand.errors import ExitCode

if TYPE_CHECKING:
    from beforehand.daemon.service import DaemonCommand


class Action(StrEnum):
    """What is to be done with the service."""

    INSTALL = "install"
    STATUS = "status"
    REMOVE = "remove"


@cli.command()
def service(
    context: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do with it.")],
    printed: Annotated[
        bool, typer.Option("--print", help="Only show the file that `install` would write.")
    ] = False,
) -> None:
    """Let systemd or launchd start the daemon, and look after it."""
    from contextlib import suppress

    from beforehand.daemon import liveness
    from beforehand.daemon import service as services
    from beforehand.folders import config_folder
    from beforehand.secrets import KEY_VARIABLE, PASSPHRASE_VARIABLE
    from connectors.errors import ConfigError

    options: Options = context.obj
    there = services.require(only_shown=printed and action is Action.INSTALL)
    match action:
        case Action.INSTALL:
            command = _daemon_command(options)
            if printed:
                show(there.render(command).rstrip("\n"))
                return
            for line in there.install(command):
                show(line)
            if _wants_a_secret(command):
                show(
                    f"Your secrets want {PASSPHRASE_VARIABLE} (or {KEY_VARIABLE}): write it into "
                    f"{config_folder() / 'service.env'}, chmod 600, and install once more."
                )
        case Action.STATUS:
            status = there.status()
            config = options.load()
            sign = liveness.last_sign(liveness.sign_path(config))
            show(f"{status.says}; {liveness.describe_sign(sign, config.zone)}")
            raise typer.Exit(ExitCode.FINE if status.running else ExitCode.FAILED)
        case Action.REMOVE:
            gone = there.remove()
            with suppress(ConfigError):  # from now on no sign of life is expected
                liveness.sign_path(options.load()).unlink(missing_ok=True)
            show("It is stopped and removed; your data stay." if gone else "It was not installed.")


def _wants_a_secret(command: DaemonCommand) -> bool:
    import os

    from beforehand.secrets import KEY_VARIABLE

    return command.environment["BEFOREHAND_SECRETS"] == "passphrase" or KEY_VARIABLE in os.environ


def _daemon_command(options: Options) -> DaemonCommand:
    """Return what the service runs. Raises ConfigError where the daemon could not run."""
    import os

    from beforehand.daemon.service.base import daemon_command
    from beforehand.folders import CONFIG_VARIABLE
    from beforehand.secrets import current_choice
    from connectors.errors import ConfigError

    config = options.load()
    if not config.sources:
        raise ConfigError(f"{config.path} has no [[sources]]: add one first")
    chosen = options.config is not None or bool(os.environ.get(CONFIG_VARIABLE))
    return daemon_command(options.path if chosen else None, current_choice())
