"""What a request asks: its parameters, checked as Google checks them, and its `fields` mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qs

from connectors.standin.errors import bad_request, forbidden
from connectors.standin.server import field_mask

# Parameters that every method takes.
_COMMON = frozenset({"alt", "fields", "key", "prettyPrint", "quotaUser", "$.xgafv", "uploadType"})


@dataclass(frozen=True, eq=False)
class Method:
    """One method of an API: which parameters and scopes it takes, and what it answers."""

    name: str
    scopes: frozenset[str]
    params: frozenset[str]
    shape: field_mask.Shape


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request."""

    values: Mapping[str, list[str]]
    mask: field_mask.Mask | None

    def limited(self, name: str, most: int) -> Params:
        """The same question, but for a number that is now `most` where it was larger or missing."""
        said = self.text(name, str(most + 1))
        if not said.isdecimal() or int(said) <= most:
            return self
        return Params({**self.values, name: [str(most)]}, self.mask)

    def text(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        return self.values[name][-1] if name in self.values else default

    def many(self, name: str) -> list[str]:
        """All values of a repeated parameter."""
        return self.values.get(name, [])

    def flag(self, name: str) -> bool:
        """A boolean parameter; false where it is missing."""
        said = self.text(name, "false").lower()
        if said not in {"true", "false"}:
            raise bad_request(f"Invalid value for {name}: {said}", location=name)
        return said == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A number from 1 on; larger ones than `most` count as `most`."""
        said = self.text(name, str(default))
        if not said.isdecimal() or not int(said):
            raise bad_request(f"Invalid value for {name}: {said}", location=name)
        return min(int(said), most)


@dataclass(slots=True)
class Ask:
    """One request to an API, whose token is known to hold `scopes`."""

    method: Method
    args: list[str]
    params: Params
    scopes: frozenset[str]
    body: bytes = b""
    page_is_empty: bool = field(default=False)

    def allow(self) -> None:
        """Raise Google's 403 where the token lacks the method's scope."""
        if self.method.scopes.isdisjoint(self.scopes):
            raise forbidden(
                "Request had insufficient authentication scopes.", "insufficientPermissions"
            )


@lru_cache(maxsize=2048)
def read(method: Method, query: str) -> Params:
    """The parameters of a query; raises Google's 400 for an unknown name or a bad mask."""
    values = parse_qs(query, keep_blank_values=True)
    for name in values:
        if name not in method.params and name not in _COMMON:
            raise bad_request(
                f'Invalid JSON payload received. Unknown name "{name}": '
                "Cannot bind query parameter.",
                reason="invalid",
            )
    wanted = values.get("fields", [""])[-1]
    return Params(values, field_mask.parse(wanted, method.shape) if wanted else None)
