"""The `fields` mask of Google's APIs: `a,b/c,d(e,f/g),*`.

A mask compiles to nested dictionaries (`None`: the whole value). Names are checked against a
shape of the answer, because Google refuses a mask with an unknown name, and a typing error in a
client must not pass here unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from connectors.standin.errors import GoogleError, bad_request

Mask: TypeAlias = "dict[str, Mask | None]"
Shape: TypeAlias = "Mapping[str, Shape | None]"

_TOKEN = re.compile(r"[A-Za-z0-9_$.-]+|[,/()*]")


def _invalid(what: str) -> GoogleError:
    return bad_request(
        f"Invalid field selection {what}", location="fields", reason="invalidParameter"
    )


def parse(text: str, shape: Shape | None = None) -> Mask:
    """The mask that `text` says; raises Google's 400 where it is malformed or names nothing."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()) or not tokens:
        raise _invalid(text)
    mask, rest = _fields(tokens, 0, text)
    if rest != len(tokens):
        raise _invalid(text)
    if shape is not None:
        _check(mask, shape)
    return mask


def _fields(tokens: list[str], at: int, text: str) -> tuple[Mask, int]:
    mask: Mask = {}
    while True:
        at = _field(tokens, at, mask, text)
        if at < len(tokens) and tokens[at] == ",":
            at += 1
            continue
        return mask, at


def _field(tokens: list[str], at: int, into: Mask, text: str) -> int:
    """Read one `name/name(...)` from `tokens[at]` on into the mask; where it ends."""
    if at >= len(tokens) or tokens[at] in {",", "/", "(", ")"}:
        raise _invalid(text)
    name, at = tokens[at], at + 1
    inner: Mask | None = None
    if at < len(tokens) and tokens[at] == "/":
        inner = {}
        at = _field(tokens, at + 1, inner, text)
    elif at < len(tokens) and tokens[at] == "(":
        inner, at = _fields(tokens, at + 1, text)
        if at >= len(tokens) or tokens[at] != ")":
            raise _invalid(text)
        at += 1
    _merge(into, name, inner)
    return at


def _merge(into: Mask, name: str, inner: Mask | None) -> None:
    known = into.get(name)
    if inner is None or (name in into and known is None):
        into[name] = None
    elif known is None:
        into[name] = inner
    else:
        for key, value in inner.items():
            _merge(known, key, value)


def _check(mask: Mask, shape: Shape) -> None:
    for name, inner in mask.items():
        if name == "*":
            if inner is not None:
                for below in shape.values():
                    if below is not None:
                        _check(inner, below)
            continue
        if name not in shape:
            raise _invalid(name)
        below = shape[name]
        if inner is not None:
            if below is None:
                raise _invalid(name)
            _check(inner, below)


def apply(mask: Mask, value: object) -> object:
    """The part of `value` that the mask selects; lists are gone through item by item."""
    if isinstance(value, list):
        return [apply(mask, item) for item in value]
    if not isinstance(value, dict):
        return value
    every = "*" in mask
    star = mask.get("*")
    chosen: dict[str, object] = {}
    for key, below in value.items():
        if key in mask:
            inner = mask[key]
        elif every:
            inner = star
        else:
            continue
        chosen[key] = below if inner is None else apply(inner, below)
    return chosen
