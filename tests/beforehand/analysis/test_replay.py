"""The replay command: any table scored as if it were then, and the owner's own history graded."""

from __future__ import annotations

import csv
import gzip
import random
import stat
from pathlib import Path

import pytest

from tests.support.owner import Cli

DAY = 86_400
HEAD = "owner,ts,dir,counterpart,n_recipients,thread,is_reply,channel\n"
ASKS = "owner,day,counterpart,own_horizon\n"


def event(day: float, way: str = "out", who: str = "kim", owner: str = "ada", size: int = 1) -> str:
    return f"{owner},{day * DAY:.0f},{way},{who},{size},,,email\n"


def letters(owner: str = "ada", who: str = "kim", *, first: int = 10_000, every: int = 9) -> str:
    days = range(first, 11_000, every)
    return "".join(event(day, ("out", "in")[day % 2], who, owner) for day in days)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Two owners who write to some people, and questions about them in no order."""
    people = [("ada", "kim"), ("ada", "lee"), ("bo", "kim"), ("bo", "ada")]
    rows = "".join(
        letters(owner, who, first=10_000 + 40 * at, every=7 + 6 * at)
        for at, (owner, who) in enumerate(people)
    )
    asks = [f"{owner},{day},{who}," for owner, who in people for day in range(10_400, 11_050, 50)]
    random.Random(7).shuffle(asks)  # noqa: S311 - an order, no secret
    (tmp_path / "E.csv").write_text(HEAD + rows)
    (tmp_path / "Q.csv").write_text(ASKS + "\n".join(asks) + "\n")
    return tmp_path


def replayed(cli: Cli, folder: Path, *more: object) -> list[dict[str, str]]:
    """The scores, as the command writes them."""
    out = folder / "S.csv"
    cli("replay", "--events", folder / "E.csv", "--queries", folder / "Q.csv", "--out", out, *more)
    with out.open(newline="") as lines:
        return list(csv.DictReader(lines))


def refused(cli: Cli, folder: Path, *more: object) -> str:
    """What the command says of tables that it cannot read: one line, exit code 2, no file."""
    out = folder / "S.csv"
    options = ("--events", folder / "E.csv", "--queries", folder / "Q.csv", "--out", out)
    said = cli("replay", *options, *more, code=2)
    assert not out.exists()
    assert not said.out
    assert said.err.count("\n") == 1
    return said.err


def test_each_question_is_answered_in_its_place(cli: Cli, tables: Path) -> None:
    scores = replayed(cli, tables)
    with (tables / "Q.csv").open(newline="") as lines:
        asked = list(csv.DictReader(lines))
    assert list(scores[0]) == ["owner", "day", "counterpart", "score", "p_lapse"]
    keys = ("owner", "day", "counterpart")
    assert [[row[key] for key in keys] for row in scores] == [
        [row[key] for key in keys] for row in asked
    ]
    assert all(0 <= float(row["score"]) <= 1 and 0 <= float(row["p_lapse"]) <= 1 for row in scores)


def test_a_longer_silence_scores_higher(cli: Cli, tables: Path) -> None:
    (tables / "Q.csv").write_text("owner,day,counterpart\nada,11000,kim\nada,11090,kim\n")
    soon, late = replayed(cli, tables)
    assert float(soon["score"]) < float(late["score"])
    assert float(soon["p_lapse"]) < float(late["p_lapse"])


def test_it_needs_no_configuration(cli: Cli, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(tables / "nowhere.toml"))
    assert replayed(cli, tables)


def test_later_events_change_no_digit(cli: Cli, tables: Path) -> None:
    whole = replayed(cli, tables)
    rows = (tables / "E.csv").read_text().splitlines(keepends=True)[1:]
    for day in ("10600", "10950"):
        past = [row for row in rows if int(row.split(",")[1]) < int(day) * DAY]
        random.Random(day).shuffle(past)  # noqa: S311 - an order, no secret
        (tables / "E.csv").write_text(HEAD + "".join(past + past[:30]))
        then = replayed(cli, tables)
        assert [row for row in then if row["day"] == day] == [
            row for row in whole if row["day"] == day
        ]


def test_another_owners_events_change_no_digit(cli: Cli, tables: Path) -> None:
    whole = replayed(cli, tables, "--horizon", "own")
    rows = (tables / "E.csv").read_text().splitlines(keepends=True)[1:]
    (tables / "E.csv").write_text(HEAD + "".join(row for row in rows if row.startswith("bo,")))
    alone = replayed(cli, tables, "--horizon", "own")
    mine = [row for row in alone if row["owner"] == "bo"]
    assert mine == [row for row in whole if row["owner"] == "bo"]
    assert {row["p_lapse"] for row in alone if row["owner"] == "ada"} == {"1.0"}


@pytest.mark.parametrize("horizon", ["60", "90", "own"])
def test_gzipped_tables_give_the_same_scores(cli: Cli, tables: Path, horizon: str) -> None:
    plain = replayed(cli, tables, "--horizon", horizon)
    for name in ("E.csv", "Q.csv"):
        (tables / f"{name}.gz").write_bytes(gzip.compress((tables / name).read_bytes()))
    out = tables / "S.csv.gz"
    asked = ("--events", tables / "E.csv.gz", "--queries", tables / "Q.csv.gz", "--out", out)
    cli("replay", *asked, "--horizon", horizon)
    first = out.read_bytes()
    cli("replay", *asked, "--horizon", horizon)
    assert out.read_bytes() == first
    with gzip.open(out, "rt", newline="") as lines:
        assert list(csv.DictReader(lines)) == plain


def test_a_table_may_say_how_far_each_question_looks(cli: Cli, tables: Path) -> None:
    (tables / "Q.csv").write_text(ASKS + "ada,10900,kim,28.0\nada,10900,kim,\nada,10900,kim,100\n")
    given, left_open, far = replayed(cli, tables, "--horizon", "own")
    assert given["score"] == left_open["score"]  # kim hears from ada weekly: four gaps are 28 days
    assert float(far["score"]) < float(given["score"])
    assert len({row["score"] for row in replayed(cli, tables, "--horizon", "60")}) == 1


def test_somebody_unknown_has_lapsed_and_is_counted(cli: Cli, tables: Path) -> None:
    (tables / "E.csv").write_text(HEAD + event(10_500, who="all", size=11) + letters())
    rows = "bo,10500,kim\nada,10500,all\nada,9999,kim\nada,10500,kim\n"
    (tables / "Q.csv").write_text("owner,day,counterpart\n" + rows)
    *strangers, known = replayed(cli, tables)
    assert {row["p_lapse"] for row in strangers} == {"1.0"}
    assert float(known["p_lapse"]) < 0.5
    out = tables / "S.csv"
    options = ("--events", tables / "E.csv", "--queries", tables / "Q.csv", "--out", out)
    assert "4 questions" in cli("replay", *options).out
    assert cli("replay", *options, "--json").json == {
        "questions": 4,
        "unknown": 3,
        "out": str(out),
    }


def test_columns_may_stand_in_any_order_and_names_be_any_text(cli: Cli, tables: Path) -> None:
    rows = "".join(
        f'{day * DAY}.5,"Ö, ""x""",{("out", "in", "mutual")[day % 3]},2,ada\n'
        for day in range(10_000, 10_500, 10)
    )
    head = "\ufeffts,counterpart,dir,n_recipients,owner\n"
    (tables / "E.csv").write_text(head + rows + "\n", encoding="utf-8")
    (tables / "Q.csv").write_text('note,counterpart,day,owner\r\nx,"Ö, ""x""",10505,ada\r\n')
    (only,) = replayed(cli, tables)
    assert only["counterpart"] == 'Ö, "x"'
    assert float(only["p_lapse"]) < 0.5


def test_empty_tables_are_tables(cli: Cli, tables: Path) -> None:
    (tables / "E.csv").write_text(HEAD)
    assert {row["p_lapse"] for row in replayed(cli, tables)} == {"1.0"}
    (tables / "Q.csv").write_text(ASKS)
    assert replayed(cli, tables) == []


def test_the_scores_are_nobody_elses_business(cli: Cli, tables: Path) -> None:
    replayed(cli, tables)
    assert stat.S_IMODE((tables / "S.csv").stat().st_mode) == 0o600
    assert sorted(path.name for path in tables.iterdir()) == ["E.csv", "Q.csv", "S.csv"]


GOOD = event(10_000)


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        (GOOD + "ada,yesterday,out,kim,1,,,email\n", 3, "ts is 'yesterday'"),
        ("ada,nan,out,kim,1,,,email\n", 2, "ts is 'nan'"),
        (GOOD + GOOD + "ada,1e15,out,kim,1,,,email\n", 4, "ts is '1e15'"),
        ("ada,1000,sent,kim,1,,,email\n", 2, "in, out or mutual"),
        ("ada,1000,out,kim,-1,,,email\n", 2, "n_recipients is '-1'"),
        ("ada,1000,out,kim,,,,email\n", 2, "n_recipients is ''"),
        (",1000,out,kim,1,,,email\n", 2, "owner is empty"),
        ("ada,1000,out,,1,,,email\n", 2, "counterpart is empty"),
        (GOOD + "ada,1000,out,kim\n", 3, "4 values under 8 columns"),
        (GOOD + 'ada,1000,out,"kim,1,,,email\n', 3, "end of data"),
    ],
)
def test_a_bad_event_is_told_with_its_line(
    cli: Cli, tables: Path, rows: str, line: int, says: str
) -> None:
    (tables / "E.csv").write_text(HEAD + rows)
    said = refused(cli, tables)
    assert f"{tables / 'E.csv'}, line {line}: " in said
    assert says in said


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("ada,10000.5,kim,\n", 2, "day is '10000.5'"),
        ("ada,10000,kim,\nada,soon,kim,\n", 3, "day is 'soon'"),
        ("ada,99999999,kim,\n", 2, "day is '99999999'"),
        ("ada,10000,kim,0\n", 2, "own_horizon is '0'"),
        ("ada,10000,kim,inf\n", 2, "own_horizon is 'inf'"),
        ("ada,10000\n", 2, "2 values under 4 columns"),
    ],
)
def test_a_bad_question_is_told_with_its_line(
    cli: Cli, tables: Path, rows: str, line: int, says: str
) -> None:
    (tables / "Q.csv").write_text(ASKS + rows)
    said = refused(cli, tables)
    assert f"{tables / 'Q.csv'}, line {line}: " in said
    assert says in said


def test_what_is_no_table_is_told(cli: Cli, tables: Path) -> None:
    path = tables / "E.csv"
    whole = path.read_bytes()
    path.write_text("a,b\n1,2\n")
    assert "no column owner, ts, dir, counterpart, n_recipients" in refused(cli, tables)
    path.write_bytes(b"")
    assert "no column owner" in refused(cli, tables)
    path.write_bytes(whole + b"\xff\xfe,1,out,kim,1,,,email\n")
    assert "no UTF-8" in refused(cli, tables)
    path.write_bytes(gzip.compress(whole)[:-9])
    assert "cut off or broken" in refused(cli, tables)
    broken = bytearray(gzip.compress(whole))
    broken[len(broken) // 2] ^= 0xFF
    path.write_bytes(bytes(broken))
    assert f"{path}, line" in refused(cli, tables)
    path.unlink()
    assert "No such file" in refused(cli, tables)
    path.mkdir()
    assert "directory" in refused(cli, tables)


def test_wrong_usage_is_told(cli: Cli, tables: Path) -> None:
    assert "say 60, 90 or own" in refused(cli, tables, "--horizon", "7")
    assert "all three" in cli("replay", "--events", tables / "E.csv", code=2).err


def test_a_folder_that_is_not_there_is_told(cli: Cli, tables: Path) -> None:
    out = tables / "nowhere" / "S.csv"
    options = ("--events", tables / "E.csv", "--queries", tables / "Q.csv", "--out", out)
    assert "No such file" in cli("replay", *options, code=1).err


def test_a_page_is_no_place_for_the_scores_of_a_table(cli: Cli, tables: Path) -> None:
    out = tables / "S.html"
    options = ("--events", tables / "E.csv", "--queries", tables / "Q.csv", "--out", out)
    assert "not a page" in cli("replay", *options, code=2).err
    assert not out.exists()
