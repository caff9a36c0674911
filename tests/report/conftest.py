"""What reports are made of in these tests: people, sources, a week; all made up."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import view
from report.answers.token import AnswerLinks
from report.view import ReportView, SourceState, TieCounts
from scoring.judgement import Judgement, Reasons, State
from tests.support.sample_reports import NOW, REASONS, TODAY, WEEK, sections

TIES = TieCounts(living=48, fading=9, dormant=31)
_ABOUT = inspect.signature(sections).parameters.keys() - {"links"}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def reasons() -> Callable[..., Reasons]:
    """The reasons of an ordinary tie, a few of them changed."""

    def make(**changes: Any) -> Reasons:  # noqa: ANN401 - the fields of it
        return replace(REASONS, **changes)

    return make


@pytest.fixture
def judgement(reasons: Callable[..., Reasons]) -> Callable[..., Judgement]:
    """The judgement of an ordinary fading tie; other arguments change its reasons."""

    def make(state: State = State.FADING, p_lapse: float = 0.42, **changes: object) -> Judgement:
        return Judgement(
            key=1,
            state=state,
            p_lapse=p_lapse,
            horizon_days=60,
            strength=0.1234,
            worth=0.5678,
            attention=0.9753,
            reasons=reasons(**changes),
        )

    return make


@pytest.fixture
def candidate(judgement: Callable[..., Judgement]) -> Callable[..., Candidate]:
    def make(
        name: str = "Grace Hopper", address: str = "grace@example.org", **changes: object
    ) -> Candidate:
        return Candidate(1, name, address, judgement(**changes))

    return make


@pytest.fixture
def owed() -> Callable[..., OpenReply]:
    def make(name: str = "Nia Okafor", days: int = 9) -> OpenReply:
        return OpenReply(name, TODAY - timedelta(days=days), days)

    return make


@pytest.fixture
def source() -> Callable[..., SourceState]:
    def make(
        name: str = "Gmail",
        ago: timedelta | None = timedelta(minutes=18),
        **changes: Any,  # noqa: ANN401 - the fields of it
    ) -> SourceState:
        last = None if ago is None else NOW - ago
        return SourceState(id=name, last_ok=last, **changes)

    return make


@pytest.fixture
def build(source: Callable[..., SourceState]) -> Callable[..., ReportView]:
    """A report on one week with one fresh source.

    Arguments are those of `view.build`, or of `sample_reports.sections` for what
    the sections are about.
    """

    def make(links: AnswerLinks | None = None, **given: Any) -> ReportView:  # noqa: ANN401 - see there
        about = {name: given.pop(name) for name in _ABOUT & given.keys()}
        usual: dict[str, Any] = {
            "period": WEEK,
            "now": NOW,
            "sources": [source()],
            "ties": TIES,
            "sections": sections(links=links, **about),
            "links": links,
        }
        return view.build(**(usual | given))

    return make


@pytest.fixture(scope="session")
def picture() -> ModuleType:
    """`docs/picture.py`, which draws a page in Chromium; skips where there is none."""
    path = Path(__file__).parents[2] / "docs" / "picture.py"
    spec = importlib.util.spec_from_file_location("picture", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.browser() is None:
        pytest.skip("no Chromium on this machine")
    return module
