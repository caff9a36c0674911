"""Faults of a table of the configuration, in plain words and each with its key."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from connectors.errors import ConfigError

_Section = TypeVar("_Section", bound=BaseModel)


def check_table(model: type[_Section], table: object, where: str) -> _Section:
    """Return the table as its model. ConfigError lists its faults, each with its key."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults = error.errors()
        wrong = {fault["loc"][:-1] for fault in faults}  # lists with a fault in one of theirs
        raise ConfigError(
            *(
                _describe_fault(model, where, fault)
                for fault in faults
                if not (fault["type"] == "too_short" and fault["loc"] in wrong)
            )
        ) from error


# What pydantic says of these is for programmers.
_PLAIN_MESSAGES = {
    "missing": "missing",
    "model_type": "write it as a table of its own",
    "tuple_type": 'write it as a list: ["...", "..."]',
    "too_short": "name at least one",
    "string_too_short": "may not be empty",
    "string_type": "write it in quotes",
    "string_pattern_mismatch": "begin with a small letter or digit; then also '.', '_' and '-'",
}


def _describe_fault(model: type[BaseModel], where: str, error: Any) -> str:  # noqa: ANN401 - pydantic's own shape
    """One fault with its key, written as it stands in the file: `[report.smtp] port: ...`."""
    place = list(error["loc"])
    while place and (inner := _table(model, place[0])) is not None:
        if error["type"] == "model_type" or len(place) == 1:
            break
        model, where = inner, f"{where.removesuffix(']')}.{place.pop(0)}]"
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    key = f"{where} {name}".strip()
    if error["type"] == "extra_forbidden":
        return f"{key}: not known here{suggestion(name, list(model.model_fields))}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {_PLAIN_MESSAGES.get(error['type'], message[:1].lower() + message[1:])}"


def _table(model: type[BaseModel], key: object) -> type[BaseModel] | None:
    """The model of the table under this key, if it is one."""
    field = model.model_fields.get(str(key))
    kinds = (field.annotation, *get_args(field.annotation)) if field is not None else ()
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def suggestion(key: str, names: list[str]) -> str:
    """Name the key that was probably meant, as " (did you mean zone?)"; empty if none is near."""
    matches = get_close_matches(key, names, n=1)
    return f" (did you mean {matches[0]}?)" if matches else ""
