"""Commands about the daemon as a service: service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.cli.main import cli
from beforehand.cli.session import FAILED, Options, show

if TYPE_CHECKING:
    from beforehand.daemon.service import Order


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
    there = services.here(only_shown=printed and action is Action.INSTALL)
    match action:
        case Action.INSTALL:
            order = _order(options)
            if printed:
                show(there.render(order).rstrip("\n"))
                return
            for line in there.install(order):
                show(line)
            if _wants_a_secret(order):
                show(
                    f"Your secrets want {PASSPHRASE_VARIABLE} (or {KEY_VARIABLE}): write it into "
                    f"{config_folder() / 'service.env'}, chmod 600, and install once more."
                )
        case Action.STATUS:
            standing = there.standing()
            config = options.load()
            sign = liveness.said_of(liveness.last_sign(liveness.path_of(config)), config.zone)
            show(f"{standing.says}; {sign}")
            raise typer.Exit(0 if standing.running else FAILED)
        case Action.REMOVE:
            gone = there.remove()
            with suppress(ConfigError):  # from now on nobody waits for a sign of life
                liveness.path_of(options.load()).unlink(missing_ok=True)
            show("It is stopped and removed; your data stay." if gone else "It was not installed.")


def _wants_a_secret(order: Order) -> bool:
    import os

    from beforehand.secrets import KEY_VARIABLE

    return order.environment["BEFOREHAND_SECRETS"] == "passphrase" or KEY_VARIABLE in os.environ


def _order(options: Options) -> Order:
    """What the service is to run. ConfigError where the daemon could not."""
    import os

    from beforehand.daemon.service.base import order_for
    from beforehand.folders import CONFIG_VARIABLE
    from beforehand.secrets import where_kept
    from connectors.errors import ConfigError

    config = options.load()
    if not config.sources:
        raise ConfigError(f"{config.path} has no [[sources]]: add one first")
    chosen = options.config is not None or bool(os.environ.get(CONFIG_VARIABLE))
    return order_for(options.path if chosen else None, where_kept())
