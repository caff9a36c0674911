"""Tables of contact events and of questions about them, as CSV, plain or gzipped.

Read as a stream into columns of numbers; names are kept once each. The first row that cannot be
read ends it with a UsageError that names the file, the line and what is wrong.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from beforehand.errors import UsageError
from beforehand.files import write_private
from scoring.contact import Contact, Way
from scoring.days import EARLIEST_DAY, LATEST_DAY, SECONDS_A_DAY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pair = tuple[str, str]

_WAYS = {"in": Way.IN, "out": Way.OUT, "mutual": Way.MUTUAL}
_GZIP = b"\x1f\x8b"
_MOST_PEOPLE = 1_000_000
_LONGEST_SHOWN = 40
_LONGEST_HORIZON = 36_525  # days; a century is no horizon


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """Contact events: `pairs` names each (owner, counterpart) once, `contact.person` indexes it."""

    pairs: dict[Pair, int]
    contact: Contact


@dataclass(frozen=True, slots=True, eq=False)
class QueryTable:
    """Questions, in the order of the table: a tie at 00:00 UTC of a day (days since 1970-01-01).

    own_horizon: days, 0 where the table leaves it open; None where it has no such column.
    """

    pairs: Sequence[Pair]
    day: Ints
    own_horizon: Ints | None


class _BadValueError(Exception):
    """A value that is not what its column asks for; the reason is the message."""


def read_events(path: Path) -> EventTable:
    """Read `owner, ts, dir, counterpart, n_recipients`; other columns are passed over."""
    pairs: dict[Pair, int] = {}
    tie, at, way, size = array("q"), array("d"), array("b"), array("q")
    columns = ("owner", "ts", "dir", "counterpart", "n_recipients")
    with _rows(path, columns) as rows:
        for owner, when, direction, counterpart, people in rows:
            pair = _name(owner, "owner"), _name(counterpart, "counterpart")
            moment = _number(when, "ts", EARLIEST_DAY * SECONDS_A_DAY, LATEST_DAY * SECONDS_A_DAY)
            if direction not in _WAYS:
                raise _BadValueError(f"dir is {_short(direction)}, and not in, out or mutual")
            tie.append(pairs.setdefault(pair, len(pairs)))
            at.append(moment)
            way.append(_WAYS[direction])
            size.append(int(_number(people, "n_recipients", 0, _MOST_PEOPLE)))
    return EventTable(pairs, Contact(person=tie, at=at, way=way, size=size))


def read_queries(path: Path) -> QueryTable:
    """Read `owner, day, counterpart` and, where there is one, `own_horizon`."""
    pairs: list[Pair] = []
    names: dict[str, str] = {}
    days, ahead = array("q"), array("q")
    with _rows(path, ("owner", "day", "counterpart"), ("own_horizon",)) as rows:
        for owner, day, counterpart, horizon in rows:
            one, other = _name(owner, "owner"), _name(counterpart, "counterpart")
            pairs.append((names.setdefault(one, one), names.setdefault(other, other)))
            number = _number(day, "day", EARLIEST_DAY, LATEST_DAY)
            if not number.is_integer():
                raise _BadValueError(f"day is {_short(day)}, and not a whole number of days")
            days.append(int(number))
            given = horizon.strip()
            ahead.append(round(_number(given, "own_horizon", 1, _LONGEST_HORIZON)) if given else 0)
    own = np.array(ahead, dtype=np.int64)
    return QueryTable(pairs, np.array(days, dtype=np.int64), own if own.any() else None)


def write_scores(path: Path, queries: QueryTable, score: Floats, p_lapse: Floats) -> None:
    """Write `owner, day, counterpart, score, p_lapse`, a line a question, in their order.

    Numbers are written in full, so that what is equal to the bit is equal in the file. The file
    is written whole or not at all; gzipped where its name ends in .gz. Raises OSError.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("owner", "day", "counterpart", "score", "p_lapse"))
    rows = zip(queries.pairs, queries.day.tolist(), score.tolist(), p_lapse.tolist(), strict=True)
    table.writerows((owner, day, person, ranks, p) for (owner, person), day, ranks, p in rows)
    content = text.getvalue().encode()
    # No time in the header: the same table gives the same file.
    write_private(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


@contextmanager
def _rows(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[Iterator[list[str]]]:
    """The chosen columns of each row, as text; an optional one that is absent is "".

    Whatever goes wrong on the way, here or with the one who reads, is told with its line.
    """
    try:
        file = _open(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    with file:
        reader = csv.reader(file, strict=True)

        def here() -> str:
            return f"{path}, line {max(reader.line_num, 1)}"

        try:
            yield _chosen(reader, columns, optional)
        except _BadValueError as error:
            raise UsageError(f"{here()}: {error}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{here()} or soon after it: this is no UTF-8 text") from error
        except csv.Error as error:
            raise UsageError(f"{here()}: {error}") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UsageError(f"{here()}: the gzip file is cut off or broken after it") from error
        except OSError as error:
            raise UsageError(f"{here()}: {error.strerror or error}") from error


def _open(path: Path) -> TextIO:
    with path.open("rb") as start:
        gzipped = start.read(len(_GZIP)) == _GZIP
    opener: Callable[..., TextIO] = gzip.open if gzipped else open
    return opener(path, "rt", encoding="utf-8-sig", newline="")


def _chosen(
    reader: Iterator[list[str]], columns: Sequence[str], optional: Sequence[str]
) -> Iterator[list[str]]:
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in columns if name not in header]
    if missing:
        raise _BadValueError(f"no column {', '.join(missing)}; there must be {', '.join(columns)}")
    place = [header.index(name) for name in columns]
    place += [header.index(name) if name in header else len(header) for name in optional]
    for row in reader:
        if not row:
            continue  # an empty line, as at the end of many a file
        if len(row) != len(header):
            raise _BadValueError(f"{len(row)} values under {len(header)} columns")
        row.append("")
        yield [row[at] for at in place]


def _name(text: str, column: str) -> str:
    if not text:
        raise _BadValueError(f"{column} is empty")
    return text


def _number(text: str, column: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise _BadValueError(
            f"{column} is {_short(text)}, and not a number from {least:.0f} to {most:.0f}"
        )
    return number


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")
