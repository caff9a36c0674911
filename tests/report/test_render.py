"""The report as HTML and as text: what a reader, a mail program and a stranger's name get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beforehand.mailing.sections.newcomers import Newcomer
from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import render
from report.text import phrases
from report.view import ReportView, SourceState

Build = Callable[..., ReportView]
MakeCandidate = Callable[..., Candidate]
MakeOwed = Callable[..., OpenReply]
MakeSource = Callable[..., SourceState]

BUDGET = 60_000
VOID = {"meta", "br"}
NASTY = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "Grace\r\nBcc: eve@example.org\r\n\r\n<h1>",
    "\u202egnirts \u2066",
    "👩\u200d👩\u200d👧\u200d👦" * 40,
    "田中太郎" * 80,
    "W" * 300,
    "שלום עולם",
    "`rm -rf` `",
    "]]>--><!-- ",
]


class ParsedPage(HTMLParser):
    """An HTML page as what it holds: elements, the text in each, and whether it is well formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.order: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"{tag} closed out of order"

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data
        if data.strip() and "style" not in self._open and "title" not in self._open:
            self.order.append(" ".join(data.split()))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag: str) -> list[str]:
        return [" ".join(text.split()) for text in self.texts.get(tag, [])]


@pytest.fixture
def full(
    build: Build, candidate: MakeCandidate, owed: MakeOwed, source: MakeSource
) -> Callable[[list[str]], ReportView]:
    """A report with everything in it, on people of these names."""

    def make(names: list[str]) -> ReportView:
        return build(
            people=[candidate(name) for name in names],
            owed=[owed(name) for name in names],
            sources=[
                source(),
                source("Calendar", stale=True, mail=False, trouble="run `beforehand auth cal`"),
            ],
            met=[Newcomer(2, name, "new@example.net", date(2026, 11, 12)) for name in names[:3]],
            asleep=candidate(names[0]),
            changes=[f"{phrases.plain(name)} may have a new address." for name in names[:2]],
            spread=[f"Without {phrases.plain(name)} you keep 3 of 4." for name in names[:2]],
            first=True,
        )

    return make


def test_the_first_thing_read_is_the_verdict_then_the_people_in_order(
    build: Build, candidate: MakeCandidate, owed: MakeOwed
) -> None:
    shown = build(people=[candidate(), candidate("Jun Sato")], owed=[owed()])
    page = ParsedPage(render.html(shown))
    assert page.said("h1") == [shown.verdict]
    assert page.said("h2") == ["To write to", "Replies owed"]
    assert page.said("h3") == ["Grace Hopper", "Jun Sato"]
    assert page.order[0] == shown.preheader
    assert page.said("title") == [shown.subject]
    text = " ".join(page.order)
    positions = [
        text.index(one)
        for one in ("Grace Hopper", "Jun Sato", "Nia Okafor wrote on 14 Nov", "Gmail: last seen")
    ]
    assert positions == sorted(positions)
    assert text.count("You two usually write every 9 days; it has been 31. You wrote last.") == 2


def test_the_page_says_its_language_and_that_its_tables_are_layout(
    full: Callable[[list[str]], ReportView],
) -> None:
    page = ParsedPage(render.html(full(["Grace"])))
    assert page.all("html") == [{"lang": "en-GB"}]
    assert page.all("table")
    assert {table.get("role") for table in page.all("table")} == {"presentation", "none"}
    assert {"name": "color-scheme", "content": "light dark"} in page.all("meta")
    assert "width=device-width, initial-scale=1" in {m.get("content") for m in page.all("meta")}


def test_nothing_is_fetched_and_nothing_is_run(full: Callable[[list[str]], ReportView]) -> None:
    html = render.html(full(["Grace", *NASTY]))
    page = ParsedPage(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "link", "script", "iframe", "object", "form", "svg", "video", "base"}
    for _tag, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on")}
        assert not {"src", "background", "srcset"} & attributes.keys()
        assert (attributes.get("href") or "mailto:").startswith("mailto:")
    for remote in ("http:", "https:", "//", "url(", "@import"):
        assert remote not in html


def test_the_body_and_the_text_leave_their_colours_to_the_reader(
    full: Callable[[list[str]], ReportView],
) -> None:
    page = ParsedPage(render.html(full(["Grace"])))
    (body,) = page.all("body")
    assert "background" not in (body.get("style") or "")
    assert "bgcolor" not in body
    for paragraph in page.all("p") + page.all("h1") + page.all("h3"):
        assert "color:" not in (paragraph.get("style") or "")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_coloured_words_are_readable_on_white_and_on_black(
    full: Callable[[list[str]], ReportView],
) -> None:
    page = ParsedPage(render.html(full(["Grace"])))
    colours = {
        rule.split(":")[1]
        for tag, attributes in page.elements
        if tag in {"a", "h2"}
        for rule in (attributes.get("style") or "").split(";")
        if rule.startswith("color:")
    }
    assert colours
    for colour in colours:  # WCAG 2.2, contrast ratio
        assert 1.05 / (_luminance(colour) + 0.05) >= 4.5
        assert (_luminance(colour) + 0.05) / 0.05 >= 4.5


def test_every_bar_has_its_words_and_its_height(build: Build, candidate: MakeCandidate) -> None:
    page = ParsedPage(render.html(build(people=[candidate(months=(0, 1, 2, 4, 8, 0) * 2)])))
    (picture,) = [a for _, a in page.elements if a.get("role") == "img"]
    assert picture["aria-label"] == (
        "Days in touch per month, oldest first: 0, 1, 2, 4, 8, 0, 0, 1, 2, 4, 8, 0"
    )
    bars = [int(cell["height"] or 0) for cell in page.all("td") if "bgcolor" in cell]
    assert len(bars) == 12
    assert bars[:6] == bars[6:]
    none, one, two, four, eight, _ = bars[:6]
    assert none < one < two < four < eight <= 36


def test_a_slight_tie_does_not_get_a_full_bar() -> None:
    assert max(render.levels((0, 0, 1))) < max(render.levels((0, 0, 4))) == 7


def test_no_months_make_no_bars() -> None:
    assert render.levels(()) == ()
    assert not render.blocks(())


def test_a_person_can_be_written_to_with_one_tap_and_no_words_put_in(
    build: Build, candidate: MakeCandidate
) -> None:
    people = [
        candidate(address="grace+a&b?subject=x@example.org"),
        candidate("Jun", address="+49 30 1234567"),
    ]
    page = ParsedPage(render.html(build(people=people)))
    (link,) = page.all("a")
    assert link["href"] == "mailto:grace%2Ba%26b%3Fsubject%3Dx@example.org"
    assert page.said("a") == ["Write"]
    assert link["aria-label"] == "Write to Grace Hopper"
    # 24 px of line and twice 10 of padding: a thumb needs 44.
    assert "padding:10px 10px 10px 0;" in (link["style"] or "")


def test_a_stale_source_is_said_before_anybody_is_named(
    full: Callable[[list[str]], ReportView],
) -> None:
    shown = full(["Grace Hopper"])
    page = ParsedPage(render.html(shown))
    text = " ".join(page.order)
    assert text.index("Calendar was last seen") < text.index("Grace Hopper")
    assert page.said("code")[0] == "beforehand auth cal"
    plain = render.text(shown)
    assert plain.index("! Calendar was last seen") < plain.index("Grace Hopper")


def test_a_quiet_week_is_one_line_and_a_footer(build: Build) -> None:
    shown = build()
    page = ParsedPage(render.html(shown))
    assert page.said("h1") == ["A quiet week: nobody needs a word from you now."]
    assert page.said("h2") == page.said("h3") == page.said("a") == []
    lines = render.text(shown).splitlines()
    assert lines[0] == shown.verdict
    assert lines[2:4] == ["", "-" * 72]


@pytest.mark.parametrize("name", NASTY)
def test_a_strangers_name_is_only_ever_text(
    full: Callable[[list[str]], ReportView], name: str
) -> None:
    plainly, nastily = (
        ParsedPage(render.html(full(["Grace"]))),
        ParsedPage(render.html(full([name]))),
    )
    assert [tag for tag, _ in nastily.elements] == [tag for tag, _ in plainly.elements]
    assert nastily.comments == plainly.comments
    assert nastily.said("h3") == [phrases.plain(name)]


def test_ten_people_with_the_longest_names_stay_within_the_budget(
    full: Callable[[list[str]], ReportView],
) -> None:
    names = ["&" * 60] * 5 + ["👩\u200d👩\u200d👧\u200d👦" * 80] * 5
    assert len(render.html(full(names)).encode()) < BUDGET


def _lines_are_narrow(text: str) -> bool:
    return all(phrases.columns(line) <= 72 for line in text.splitlines())


def test_the_text_part_says_the_same_in_72_columns(
    full: Callable[[list[str]], ReportView],
) -> None:
    shown = full(["Grace Hopper"])
    text = render.text(shown)
    assert _lines_are_narrow(text)
    assert text.startswith(f"{shown.verdict}\n")
    assert text.endswith(".\n")
    assert "  ▅▇▄█▅▇▅▄▇▅▂▁  34 days in touch in 12 months, last on 23 Oct\n" in text
    flat = " ".join(text.split())
    sections = shown.sections.values()
    for said in (
        *(row.sentence for one in sections for row in one.rows),
        *(line for one in sections for line in one.lines),
        *shown.first,
        *shown.notices,
        *shown.seen,
        shown.pause,
    ):
        assert " ".join(said.split()) in flat
    assert "&" not in text
    assert "\n\n\n" not in text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=320))
def test_any_name_is_harmless_in_both_forms(
    full: Callable[[list[str]], ReportView], name: str
) -> None:
    shown = full([name])
    page, text = ParsedPage(render.html(shown)), render.text(shown)
    assert page.said("h3") == [" ".join(phrases.plain(name, otherwise="grace@example.org").split())]
    assert len(page.all("a")) == 3
    assert _lines_are_narrow(text)
    (owed,) = shown.sections["owed"].rows
    lines = [line for one in shown.sections.values() for line in one.lines]
    longer = (f"{owed.name} {owed.sentence}", *lines)
    assert len(text.splitlines()) == len(render.text(full(["Grace"])).splitlines()) + sum(
        len(render.wrap(line).splitlines()) - 1 for line in longer
    )


@settings(max_examples=100)
@given(text=st.text(max_size=300), indent=st.integers(min_value=0, max_value=4))
def test_wrapping_keeps_every_word_in_order(text: str, indent: int) -> None:
    wrapped = render.wrap(text, indent)
    assert wrapped.split() == text.split()
    for line in wrapped.split("\n"):
        assert phrases.columns(line) <= 72 or len(line.split()) == 1


def test_backticks_become_code_only_in_pairs_and_never_markup() -> None:
    assert render.commands("run `a <b>` now").count("<code") == 1
    assert "&lt;b&gt;" in render.commands("run `a <b>` now")
    assert render.commands("it`s <i>") == "it`s &lt;i&gt;"
