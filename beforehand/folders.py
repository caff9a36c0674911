"""Where the configuration and the data are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

APP = "beforehand"
CONFIG_VARIABLE = "BEFOREHAND_CONFIG"


def config_path(chosen: Path | None = None) -> Path:
    """The configuration file: the one chosen, else $BEFOREHAND_CONFIG, else the platform's."""
    if chosen is not None:
        return chosen.expanduser()
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named).expanduser()
    return config_folder() / "config.toml"


def config_folder() -> Path:
    """The platform's folder for the configuration."""
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed for --help

    return user_config_path(APP)


def data_folder() -> Path:
    """The platform's folder for the store and the reports."""
    from platformdirs import user_data_path  # noqa: PLC0415 - as above

    return user_data_path(APP)
