"""What reports are made of in these tests: people, sources, a week; all made up."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from report import view
from report.view import Candidate, Owed, ReportView, SourceState, Standing
from scoring.judgement import Judgement, Reasons, State
from tests.support.gallery import NOW, REASONS, TODAY, WEEK

STANDING = Standing(ties=90, living=48, fading=9, dormant=31)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def reasons() -> Callable[..., Reasons]:
    """The reasons of an ordinary tie, a few of them changed."""

    def make(**changes: object) -> Reasons:
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
def owed() -> Callable[..., Owed]:
    def make(name: str = "Nia Okafor", days: int = 9) -> Owed:
        return Owed(name, TODAY - timedelta(days=days), days)

    return make


@pytest.fixture
def source() -> Callable[..., SourceState]:
    def make(
        label: str = "Gmail", ago: timedelta | None = timedelta(minutes=18), **changes: object
    ) -> SourceState:
        last = None if ago is None else NOW - ago
        return SourceState(id=label.lower(), label=label, last_ok=last, **changes)

    return make


@pytest.fixture
def build(source: Callable[..., SourceState]) -> Callable[..., ReportView]:
    """A report on one week with one fresh source; arguments as those of `view.build`."""

    def make(**given: object) -> ReportView:
        usual: dict[str, object] = {
            "period": WEEK,
            "now": NOW,
            "candidates": [],
            "owed": [],
            "sources": [source()],
            "standing": STANDING,
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
