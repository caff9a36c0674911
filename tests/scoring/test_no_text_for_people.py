"""Scoring says what it found as data; the words are made where they are shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import scoring

FILES = sorted(Path(scoring.__file__).parent.rglob("*.py"))


def sentences(source: str) -> Iterator[str]:
    """Texts of two words or more, but docstrings and what a ValueError says."""
    tree = ast.parse(source)
    apart = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(node.value)  # a docstring
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValueError":
            apart |= {one for one in ast.walk(node) if isinstance(one, ast.Constant)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in texts:
        if isinstance(node.value, str) and node not in apart and len(node.value.split()) > 1:
            yield node.value


def test_scoring_holds_no_sentence() -> None:
    assert len(FILES) > 20
    found = {file.name: list(sentences(file.read_text())) for file in FILES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_sentence_would_be_found() -> None:
    source = (
        '"""A docstring."""\nX = "two words"\nraise ValueError(f"not {X} this")\nY = f"a {X}  b c"'
    )
    assert list(sentences(source)) == ["two words", "  b c"]
