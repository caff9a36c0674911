"""The catalogues of words: gather the texts anew, and bring every translation up to date.

    python docs/words.py

writes `report/locales/beforehand.pot` and each `report/locales/LANGUAGE/beforehand.po`, and says
what is left to translate. A file that nothing has changed for stays as it is, byte for byte.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "report" / "locales"
TEMPLATE = LOCALES / "beforehand.pot"
_METHODS = [
    ("report/**.py", "python"),
    ("beforehand/**.py", "python"),
    ("report/templates/**", "jinja2.ext.babel_extract"),
]
_OPTIONS = {"report/templates/**": {"newstyle_gettext": "true"}}
# Some would change at each run, and the others say nothing.
_RESTLESS = re.compile(
    r'^"([A-Za-z-]+-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Project-Id-Version):.*\n',
    re.MULTILINE,
)
_WIDTH = 96


def gathered() -> Catalog:
    """All texts in the code and the templates, each with the files that have it."""
    catalogue = Catalog(
        project="Beforehand",
        copyright_holder="the contributors of Beforehand",
        header_comment="# The words of Beforehand's reports and notices.",
        fuzzy=False,
    )
    found = extract_from_dir(ROOT, _METHODS, _OPTIONS, comment_tags=("NOTE:",))
    for file, line, text, comments, context in found:
        catalogue.add(text, locations=[(file, line)], auto_comments=comments, context=context)
    return catalogue


def translation(language: str, template: Catalog) -> Catalog:
    """A language's catalogue, with what is new in the template and without what is gone."""
    with (LOCALES / language / "beforehand.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    catalogue.update(template)
    catalogue.fuzzy = False
    return catalogue


def written(catalogue: Catalog) -> str:
    """A catalogue as text: by file and in the order there, without line numbers or dates."""
    out = BytesIO()
    write_po(out, catalogue, width=_WIDTH, ignore_obsolete=True, include_lineno=False)
    return _RESTLESS.sub("", out.getvalue().decode())


def languages() -> list[str]:
    """Those that have a catalogue."""
    return sorted(path.parent.name for path in LOCALES.glob("*/beforehand.po"))


def left(catalogue: Catalog) -> list[Message]:
    """What a translator has yet to say, or to look at again."""
    return [one for one in catalogue if one.id and (one.fuzzy or not _whole(one))]


def _whole(message: Message) -> bool:
    texts = [message.string] if isinstance(message.string, str) else message.string
    return bool(texts) and all(texts)


def main() -> None:
    """Write all of them; say what is left to translate."""
    template = gathered()
    TEMPLATE.write_text(written(template), encoding="utf-8")
    for language in languages():
        catalogue = translation(language, template)
        path = LOCALES / language / "beforehand.po"
        path.write_text(written(catalogue), encoding="utf-8")
        missing = left(catalogue)
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {len(missing)} to translate")
        for one in missing:
            print(f"  {one.id if isinstance(one.id, str) else one.id[0]}")


if __name__ == "__main__":
    sys.exit(main())
