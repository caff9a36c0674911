"""The table of connectors: built in, and brought by other packages as entry points.

Only connectors that a configuration names are ever imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from connectors.api import Connector, SourceConfig
from connectors.errors import ConfigError

GROUP = "beforehand.connectors"

BUILT_IN: dict[str, str] = {
    "csv": "connectors.csv_log:CsvLog",
    "gmail": "connectors.google.gmail.connector:Gmail",
    "google_calendar": "connectors.google.calendar.connector:GoogleCalendar",
    "mbox": "connectors.mbox.connector:Mbox",
}


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
    """A connector that can be used: its type, the package it comes from, and its version."""

    type: str
    origin: str
    version: str


def load(kind: str) -> type[Connector]:
    """Return the connector class of a `type`.

    Raises ConfigError where there is none, or it cannot be loaded.
    """
    third_party = _third_party()
    if kind in BUILT_IN:
        if kind in third_party:
            origin = _origin(third_party[kind])
            raise ConfigError(f"{kind!r} is built in, but {origin} brings one too: remove {origin}")
        module, _, name = BUILT_IN[kind].partition(":")
        built_in: type[Connector] = getattr(import_module(module), name)
        return built_in
    if kind not in third_party:
        names = sorted({*BUILT_IN, *third_party})
        near = get_close_matches(kind, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
        raise ConfigError(f"no connector is called {kind!r}: {hint}")
    try:
        loaded = third_party[kind].load()
    except Exception as error:  # a stranger's module may raise anything when imported
        raise ConfigError(
            f"the connector {kind!r} of {_origin(third_party[kind])} cannot be loaded: {error}"
        ) from error
    if not _is_connector(loaded):
        raise ConfigError(
            f"{third_party[kind].value} of {_origin(third_party[kind])} is no connector"
        )
    connector: type[Connector] = loaded
    return connector


def available(version: str) -> list[ConnectorInfo]:
    """Return all connectors, the built-in ones (of this `version`) first. Imports none of them."""
    ours = [ConnectorInfo(kind, "built in", version) for kind in sorted(BUILT_IN)]
    theirs = [
        ConnectorInfo(kind, _origin(point), point.dist.version if point.dist else "")
        for kind, point in sorted(_third_party().items())
    ]
    return [*ours, *theirs]


def _third_party() -> dict[str, EntryPoint]:
    """Return entry points by name. Raises ConfigError where two packages bring the same name."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = points.setdefault(point.name, point)
        if _origin(other) != _origin(point):
            both = " and ".join(sorted((_origin(other), _origin(point))))
            raise ConfigError(f"{both} both bring a connector {point.name!r}: remove one of them")
    return points


def _is_connector(loaded: object) -> bool:
    if not isinstance(loaded, type):
        return False
    settings = getattr(loaded, "Config", None)
    return (
        all(callable(getattr(loaded, name, None)) for name in ("check", "pull"))
        and hasattr(loaded, "channels")
        and isinstance(settings, type)
        and issubclass(settings, SourceConfig)
    )


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
