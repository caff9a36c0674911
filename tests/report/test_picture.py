"""The report as a browser lays it out: on a phone, on a desk, in the dark."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import render
from report.view import ReportView


@pytest.fixture
def page(
    build: Callable[..., ReportView],
    candidate: Callable[..., Candidate],
    owed: Callable[..., OpenReply],
) -> str:
    names = ["Grace Hopper", "W" * 300, "田中太郎" * 80, "x@" + "y" * 200]
    return render.html(
        build(
            people=[candidate(name) for name in names],
            owed=[owed(name) for name in names],
            first=True,
        )
    )


def first_pixel(png: bytes) -> tuple[int, int, tuple[int, ...]]:
    """Width, height and the colour of the top left pixel, which no PNG filter changes."""
    width, height = struct.unpack(">II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return width, height, tuple(zlib.decompress(data)[1:4])


def test_no_name_makes_the_page_wider_than_a_phone(picture: ModuleType, page: str) -> None:
    width, height = picture.measure(page, width=375)
    assert width == 375
    assert height > 800


def test_a_picture_is_as_wide_as_asked_as_high_as_the_page_and_dark_when_asked(
    picture: ModuleType, build: Callable[..., ReportView], tmp_path: Path
) -> None:
    out = tmp_path / "report.png"
    picture.take(render.html(build()), out, width=700, dark=True)
    width, height, corner = first_pixel(out.read_bytes())
    assert width == 700
    assert 150 < height < 400
    assert max(corner) < 60
