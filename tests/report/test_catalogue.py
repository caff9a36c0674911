"""The catalogues: gathered from the code as it is, whole, and true to their placeholders."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from report.text import language

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "report" / "locales"
LANGUAGES = sorted(path.parent.name for path in LOCALES.glob("*/beforehand.po"))
_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|`[^`]*`")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """`docs/words.py`, which gathers the texts."""
    spec = importlib.util.spec_from_file_location("words_script", ROOT / "docs" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def template(script: ModuleType) -> Catalog:
    gathered: Catalog = script.gathered()
    return gathered


def catalogue(name: str) -> Catalog:
    with (LOCALES / name / "beforehand.po").open("rb") as file:
        return read_po(file, locale=name)


def test_the_template_has_the_texts_of_the_code_and_no_others(
    script: ModuleType, template: Catalog
) -> None:
    assert LANGUAGES
    fresh = (LOCALES / "beforehand.pot").read_text(encoding="utf-8") == script.written(template)
    assert fresh, "run `make words`, and translate what is new"


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_in_doubt(
    script: ModuleType, template: Catalog, name: str
) -> None:
    assert [one.id for one in script.left(script.translation(name, template))] == []
    written = script.written(script.translation(name, template))
    assert (LOCALES / name / "beforehand.po").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_translation_has_the_placeholders_and_commands_of_its_text(name: str) -> None:
    faults = [
        (one.id, text) for one in catalogue(name) if one.id for text in _unlike(one, _texts(one))
    ]
    assert faults == []


def _texts(one: Message) -> tuple[str, ...]:
    return (one.string,) if isinstance(one.string, str) else tuple(one.string)


def _unlike(one: Message, texts: tuple[str, ...]) -> list[str]:
    """The texts whose placeholders are not those of the English; a singular's may be either's."""
    single, *many = (one.id,) if isinstance(one.id, str) else one.id
    wanted = _inside(*many) if many else _inside(single)
    *others, last = texts
    faults = [] if _inside(last) == wanted else [last]
    return faults + [text for text in others if _inside(text) not in (wanted, _inside(single))]


def _inside(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text))


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_plural_has_all_its_forms(name: str) -> None:
    found = catalogue(name)
    for one in found:
        if isinstance(one.id, tuple):
            assert len(_texts(one)) == found.num_plurals
            assert all(_texts(one)), one.id


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_catalogue_is_compiled_as_it_is_written(name: str) -> None:
    compiled = language.catalogue(name)
    for one in catalogue(name):
        if one.id and isinstance(one.id, str) and not one.context:
            assert compiled.gettext(one.id) == one.string


def test_nothing_in_a_catalogue_changes_without_a_reason(
    script: ModuleType, template: Catalog
) -> None:
    text = script.written(template)
    assert not re.search(r"Date:|Generated-By|\.(py|html|txt):\d", text)
    assert text == script.written(script.gathered())


def test_no_sentence_is_kept_that_nothing_in_the_product_says() -> None:
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("beforehand", "report")
        for path in (ROOT / folder).rglob("*.py")
    }
    used: Counter[str] = Counter()
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                used[name] += 1
    makers = [ROOT / "report" / "text", ROOT / "report" / "answers" / "text.py"]
    written = {
        node.name
        for path, tree in trees.items()
        if any(path.is_relative_to(maker) for maker in makers)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    assert sorted(name for name in written if not used[name]) == []
