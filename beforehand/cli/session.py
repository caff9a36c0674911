"""The global options, and opening the application by them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from beforehand.cli.output import say

if TYPE_CHECKING:
    from beforehand.app import App
    from beforehand.config import Config


@dataclass(frozen=True, slots=True)
class Options:
    """The global options."""

    config: Path | None
    debug: bool

    @property
    def path(self) -> Path:
        """The configuration file."""
        from beforehand.folders import config_path

        return config_path(self.config)

    def load(self) -> Config:
        """The configuration, checked."""
        from beforehand.config import load

        return load(self.path)


@contextmanager
def open_app_from(context: typer.Context, *, quiet: bool = True) -> Iterator[App]:
    """Load the configuration and open the application."""
    from beforehand.app import open_app
    from beforehand.logs import logger

    options: Options = context.obj
    log = logger(debug=options.debug, quiet=quiet)
    with open_app(options.load(), log) as app:
        _say_if_forgotten(app)
        yield app


def _say_if_forgotten(app: App) -> None:
    """Mention a daemon that ran once and has given no sign of life for long."""
    from beforehand.daemon import liveness

    sign = liveness.last_sign(liveness.sign_path(app.config))
    if sign is not None and app.now() - sign > liveness.FORGOTTEN_AFTER:
        local = sign.astimezone(app.config.zone)
        say(
            f"the daemon has given no sign of life since {local:%-d %b, %H:%M}: "
            "`beforehand service install` starts it (or `service remove`, if you do without)"
        )
