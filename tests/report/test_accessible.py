"""Whether everybody can read the report: axe-core in a real browser, and no styles at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from report import message, render
from report.text.language import use_locale
from tests.support import chromium
from tests.support.chromium import BrowserPage
from tests.support.sample_reports import KINDS, NOW

BUDGET = 60_000
# What the rules of WCAG 2.2, A and AA, say, and what axe calls good practice.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A mail has no landmarks: it stands in the page of a mail program, which has them.
_OFF = {rule: {"enabled": False} for rule in ("region", "landmark-one-main")}
_RUN = """(async () => {{
  document.open(); document.write({page}); document.close();
  {axe};
  const found = await axe.run(document, {options});
  return JSON.stringify(found.violations.map(
    (one) => one.id + ": " + one.help + " " + one.nodes.map((n) => n.html).join(" | ")));
}})()"""


def axe() -> str:
    """axe-core, which a package of the test tools carries."""
    spec = find_spec("selenium_axe_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPage]:
    with chromium.launched(tmp_path_factory.mktemp("axe") / "profile") as page:
        yield page


def violations(
    browser: BrowserPage, html: str, *, dark: bool = False, width: int = 375
) -> list[str]:
    """What axe finds wrong with a page of that width."""
    if dark:  # the canvas itself is dark then, which axe takes for white
        html = html.replace("</head>", "<style>html { background: #121212 }</style></head>")
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.ask("Emulation.setDeviceMetricsOverride", **size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.ask("Emulation.setEmulatedMedia", features=[scheme])
    options = {"runOnly": {"type": "tag", "values": _TAGS}, "rules": _OFF}
    script = _RUN.format(page=json.dumps(html), axe=axe(), options=json.dumps(options))
    found: dict[str, Any] = browser.ask(
        "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
    )
    assert "exceptionDetails" not in found, found["exceptionDetails"]
    said: list[str] = json.loads(found["result"]["value"])
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_wrong_with_a_report(browser: BrowserPage, kind: str) -> None:
    assert violations(browser, render.html(KINDS[kind]())) == []


def test_nor_in_the_dark(browser: BrowserPage) -> None:
    assert violations(browser, render.html(KINDS["usual"]()), dark=True) == []


def test_axe_does_find_what_is_wrong(browser: BrowserPage) -> None:
    html = render.html(KINDS["usual"]()).replace("#1f8290", "#c0e0e0").replace("<h3", "<h5")
    found = " ".join(violations(browser, html))
    assert "color-contrast" in found
    assert "heading-order" in found


@pytest.mark.parametrize("locale", ["en_GB", "de_DE"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_html_part_stays_under_60_kb_as_it_goes_over_the_wire(kind: str, locale: str) -> None:
    with use_locale(locale):
        mail = message.compose(
            KINDS[kind](),
            owner_id="me",
            owner_name="Ada Winter",
            sender="ada@example.org",
            to="ada@example.org",
            at=NOW,
            secret=b"x",
        )
    part = mail.get_body(("html",))
    assert part is not None
    assert part["Content-Transfer-Encoding"] == "quoted-printable"
    assert len(str(part.get_payload())) < BUDGET


def test_without_styles_the_page_reads_as_the_text_part_does(browser: BrowserPage) -> None:
    view = KINDS["usual"]()
    html = render.html(view)
    browser.evaluate(
        f"""document.open(); document.write({json.dumps(html)}); document.close();
        document.querySelectorAll("style").forEach((one) => one.remove());
        document.querySelectorAll("[style]").forEach((one) => one.removeAttribute("style"));
        document.querySelectorAll("[bgcolor],[width],[height]").forEach((one) =>
          ["bgcolor", "width", "height"].forEach((name) => one.removeAttribute(name)))"""
    )
    shown = " ".join(browser.text.split())
    parts = [view.verdict, *view.answered]
    for section in view.sections.values():
        parts += [section.title, *section.summary]
        for row in section.rows:
            parts += [f"{row.name} {row.sentence}", *(["Write"] if row.address else [])]
            parts += [*(link.words for link in row.answers)]
        parts += section.lines
    place = 0
    for part in parts:
        place = shown.find(" ".join(part.replace("`", "").split()), place)
        assert place >= 0, part
