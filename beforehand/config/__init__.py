"""The configuration: one TOML file, read once and checked whole."""

from beforehand.config.load import load, parse
from beforehand.config.model import DAYS, ONLY_OWNER, Config, check_tag

__all__ = ["DAYS", "ONLY_OWNER", "Config", "check_tag", "load", "parse"]
