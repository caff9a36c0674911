"""The `fields` mask: what it selects, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.standin.errors import GoogleError
from connectors.standin.server import field_mask

_VALUE = {"a": {"b": 1, "c": [{"d": 2, "e": 3}, {"d": 4}]}, "f": "text", "g": {"b": 5}}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("f", {"f": "text"}),
        ("a/b", {"a": {"b": 1}}),
        ("a(b,c/d)", {"a": {"b": 1, "c": [{"d": 2}, {"d": 4}]}}),
        ("a/c(d,e),f", {"a": {"c": [{"d": 2, "e": 3}, {"d": 4}]}, "f": "text"}),
        ("*", _VALUE),
        ("*/b", {"a": {"b": 1}, "f": "text", "g": {"b": 5}}),
        ("a/*", {"a": _VALUE["a"]}),
        ("a/b,a", {"a": _VALUE["a"]}),
        ("a,a/b", {"a": _VALUE["a"]}),
        ("a/b,a/c/e", {"a": {"b": 1, "c": [{"e": 3}, {}]}}),
        ("missing", {}),
        (" a / b , f ", {"a": {"b": 1}, "f": "text"}),
    ],
)
def test_a_mask_selects(text: str, selected: object) -> None:
    assert field_mask.apply(field_mask.parse(text), _VALUE) == selected


@pytest.mark.parametrize("text", [",", "a,", "a(b", "a)b", "a()", "/a", "a//b", "a b!", "(a)", ""])
def test_a_malformed_mask_is_refused(text: str) -> None:
    with pytest.raises(GoogleError, match="Invalid field selection"):
        field_mask.parse(text)


def test_names_are_held_against_the_shape() -> None:
    shape: field_mask.Shape = {"a": {"b": None}, "f": None}
    assert field_mask.parse("a/b,f", shape)
    assert field_mask.parse("*/b", shape)
    for wrong in ("x", "a/x", "f/b", "*/x"):
        with pytest.raises(GoogleError):
            field_mask.parse(wrong, shape)


_NAMES = st.sampled_from("abc")
_JSON = st.recursive(
    st.integers(),
    lambda below: st.dictionaries(_NAMES, below) | st.lists(below, max_size=3),
    max_leaves=12,
)
_MASKS = st.recursive(
    _NAMES,
    lambda below: (
        st.builds("{}/{}".format, _NAMES, below)
        | st.builds("{}({},{})".format, _NAMES, below, below)
    ),
    max_leaves=6,
)


@settings(max_examples=100)
@given(text=_MASKS, more=_MASKS, value=_JSON)
def test_a_mask_takes_nothing_twice_and_a_wider_one_takes_no_less(
    text: str, more: str, value: object
) -> None:
    once = field_mask.apply(field_mask.parse(text), value)
    assert field_mask.apply(field_mask.parse(text), once) == once
    both = field_mask.apply(field_mask.parse(f"{text},{more}"), value)
    assert field_mask.apply(field_mask.parse(text), both) == once
    assert field_mask.parse(f"{text},{more}") == field_mask.parse(f"{more},{text}")
