"""Where the constants of the chance come from, and what each set of them says of the others.

    python bench/fitting.py

Needs the contact data of `bench/judgement.py`; says so and stops where they are absent.

Leave one set out: what is to be judged is fitted on two of the three sets and tried on the third,
each way about, at all three horizons. A set and a horizon weigh the same as any other, however
many rows they have, and each may have a level of its own, so that sets in which more ties lapse do
not bend the rest. Fitting is logistic regression (Newton's method); no penalty.

The first tables set the constants in use beside those that two sets ask for: the hazard's six,
with the one for the owner's contact, all fitted anew; the latter alone; and held alone, beside the
five published terms as they are. Those five, without the rest, stand beside. Intervals come from
drawing the owners of each set anew, with replacement. The last table adds one more term at a time
to what is in use, which stays as it is: what constant each two sets give it, and how far it moves
the ranks of the third. A positive constant says that more of it makes a lapse likelier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt
from judgement import HORIZONS, SETS, Asked, Set, five_terms, load, present, top

from scoring import calibration, lapse
from scoring.arrays import Floats, Ints
from scoring.calibration import from_logit, offset, to_logit
from scoring.contact import Way
from scoring.decay import contact_now
from scoring.lapse import RECENT_HALF_LIFE, STANDING_HALF_LIFE, hazard
from scoring.moments import Moments
from scoring.replay.measures import auc, auc_by_owner, calibration_error
from scoring.rhythm import Rhythm
from scoring.ties import Ties

Case = tuple[str, str]  # a set and a horizon
Column = Callable[[Ties, Ints, Rhythm], Floats]
DRAWS, SEED = 300, 1
NEWTON_STEPS, CLOSE = 50, 1e-10
SLIGHT = 1e-6  # a penalty so slight that it only gives a term that never changes the constant 0


def silence(then: Ties) -> Floats:
    """(n,) days since the last contact, at least half a day, of ties cut at day 0."""
    return np.maximum(-then.last_day(default=0).astype(np.float64), 0.5)


def decayed(half_life: float, floor: float) -> Column:
    """The logarithm of contact that halves so often."""
    return lambda then, _ahead, _rhythm: np.log(contact_now(then, 0, half_life) + floor)


# The terms of the hazard, in the order of its formula.
HAZARD: dict[str, Column] = {
    "ln s": lambda then, _ahead, _rhythm: np.log(silence(then)),
    "ln d30": decayed(RECENT_HALF_LIFE, 0.1),
    "ln d180": decayed(STANDING_HALF_LIFE, 0.3),
    "sd(ln gap)": lambda _then, _ahead, rhythm: rhythm.irregularity,
    "ln H": lambda _then, ahead, _rhythm: np.log(ahead),
    "held": lambda then, ahead, _rhythm: lapse.held(then, 0, ahead),
}
PUBLISHED = np.array(
    [
        lapse.PER_LN_SILENCE,
        lapse.PER_LN_RECENT,
        lapse.PER_LN_STANDING,
        lapse.PER_IRREGULARITY,
        lapse.PER_LN_HORIZON,
    ]
)
IN_USE = np.array(
    [*(lapse.DRAWN_IN * PUBLISHED), lapse.DRAWN_IN * lapse.PER_HELD, calibration.PER_LN_CONTACT]
)


def survived(then: Ties, ahead: Ints, rhythm: Rhythm) -> Floats:
    """How often a silence as long as now went on for H more days; gaps fade within a year."""
    row = np.repeat(np.arange(len(then)), np.diff(rhythm.first))
    weight, now = np.exp2(-rhythm.age / 365), -then.last_day(default=0)
    longer = np.bincount(row, weight * (rhythm.gap > now[row]), len(then))
    lapsed = np.bincount(row, weight * (rhythm.gap > (now + ahead)[row]), len(then))
    return np.log((lapsed + 0.3) / (longer + 1))


def log_normal(then: Ties, ahead: Ints, rhythm: Rhythm) -> Floats:
    """The logit of no contact for H more days, were gaps log-normal; recent ones weigh more."""
    row = np.repeat(np.arange(len(then)), np.diff(rhythm.first))
    weight, log = np.exp2(-rhythm.since / 8), np.log(rhythm.gap)
    many = np.bincount(row, weight, len(then)) + 4  # four gaps of what is usual
    mean = (np.bincount(row, weight * log, len(then)) + 4 * 2.3) / many
    spread = np.bincount(row, weight * (log - mean[row]) ** 2, len(then)) + 4 * 1.2
    tail = np.vectorize(lambda z: max(erfc(z / sqrt(2)), 1e-300), otypes=[np.float64])
    now, deviation = silence(then), np.sqrt(spread / many)
    later = tail((np.log(now + ahead) - mean) / deviation)
    return to_logit(np.clip(later / tail((np.log(now) - mean) / deviation), 1e-4, 1 - 1e-4))


def share(which: str, half_life: float) -> Column:
    """The logarithm of the share of days, fading, on which somebody spoke ("in_") or both did."""

    def column(then: Ties, _ahead: Ints, _rhythm: Rhythm) -> Floats:
        spoke = (then.in_ & then.out) | then.met if which == "both" else then.in_ | then.met
        fading = np.exp2(then.day / half_life)
        return np.log((then.per_tie(fading * spoke) + 0.3) / (then.per_tie(fading) + 0.3))

    return column


def product(one: str, other: str) -> Column:
    """Two terms of the hazard multiplied."""
    return lambda *tie: HAZARD[one](*tie) * HAZARD[other](*tie)


def expected(half_life: float) -> Column:
    """The contacts to be expected in the silence, at the pace of late."""
    days = half_life / np.log(2)
    return lambda then, _ahead, _rhythm: np.log1p(
        silence(then) * contact_now(then, 0, half_life) / days
    )


MORE: dict[str, Column] = {
    "such silences went on for H more": survived,
    "log-normal gaps": log_normal,
    "ln d7": decayed(7, 0.1),
    "ln d90": decayed(90, 0.2),
    "ln d365": decayed(365, 0.3),
    "contacts missed at the pace of d30": expected(30),
    "contacts missed at the pace of d180": expected(180),
    "ln s x ln s": product("ln s", "ln s"),
    "ln s x ln d180": product("ln s", "ln d180"),
    "ln s x ln H": product("ln s", "ln H"),
    "ln H / recent median gap": lambda _then, ahead, rhythm: np.log(
        ahead / np.maximum(rhythm.recent_median(), 1)
    ),
    "they wrote last": lambda then, _ahead, _rhythm: (
        then.last[then.first[1:] - 1] == Way.IN
    ).astype(np.float64),
    "days on which they wrote": share("in_", 180),
    "days on which both wrote": share("both", 180),
    "ln contact days": lambda then, _ahead, _rhythm: np.log(then.counts),
}


@dataclass(frozen=True)
class Questions:
    """The questions of one set at one horizon, and all that may be said to them.

    asked: what came; `ranks` holds tie decay. terms: (k, 7), the hazard's and the owner's contact.
    alone, published: (k,) logits, of the hazard and of its five published terms. more: (k,) each.
    """

    asked: Asked
    terms: Floats
    alone: Floats
    published: Floats
    more: dict[str, Floats]

    @property
    def now(self) -> Floats:
        """(k,) the logit in use."""
        return self.alone + calibration.PER_LN_CONTACT * self.terms[:, -1]


def questions(data: Set, horizon: str) -> Questions:
    """Reckon every term for the questions that count."""
    counts = np.array([row[f"counts_{horizon}"] == "True" for row in data.answers])
    lapsed = np.array([row[f"lapsed_{horizon}"] == "True" for row in data.answers])[counts]
    own = np.array([round(float(row["own_horizon"])) for row in data.answers])[counts]
    ahead = own if horizon == "own" else np.full(own.size, HORIZONS[horizon], dtype=np.int64)
    tie = np.array([data.events.pairs[pair] for pair in data.queries.pairs])[counts]
    moments = Moments(data.ties, np.searchsorted(data.ties.keys, tie), data.queries.day[counts])
    columns = {name: np.zeros(tie.size) for name in ("alone", "published", "decay", *HAZARD, *MORE)}
    for piece, then in moments.chunks():
        rhythm = Rhythm.of(then)
        columns["alone"][piece] = to_logit(hazard(then, 0, ahead[piece], rhythm))
        columns["published"][piece] = five_terms(then, ahead[piece], rhythm)
        columns["decay"][piece] = -contact_now(then, 0, 30)
        for name, column in {**HAZARD, **MORE}.items():
            columns[name][piece] = column(then, ahead[piece], rhythm)
    whose = data.owner[moments.row]
    contact = offset(data.ties, data.owner, whose, moments.day) / calibration.PER_LN_CONTACT
    terms = np.column_stack([*(columns[name] for name in HAZARD), contact])
    level = lapse.RAISED + lapse.DRAWN_IN * lapse.INTERCEPT
    if not np.allclose(level + terms[:, :-1] @ IN_USE[:-1], columns["alone"], atol=1e-6):
        raise AssertionError("the terms are no longer those of the hazard")
    asked = Asked(whose, moments.day, lapsed, {"decay": columns["decay"]}, {})
    more = {name: columns[name] for name in MORE}
    return Questions(asked, terms, columns["alone"], columns["published"], more)


def fit(
    cases: Mapping[Case, Questions],
    sets: tuple[str, ...],
    columns: Callable[[Questions], Floats],
    start: Callable[[Questions], Floats],
) -> tuple[Floats, float]:
    """The constants of (k, p) columns on top of the (k,) logit `start`, and the mean level.

    Of the cases of these sets, each of which weighs the same and has a level of its own.
    """
    some = [one for (name, _), one in cases.items() if name in sets]
    sizes = [one.asked.lapsed.size for one in some]
    weight = np.repeat([1 / size for size in sizes], sizes)
    levels = (np.repeat(np.arange(len(some)), sizes)[:, None] == np.arange(len(some))).astype(float)
    x = np.column_stack([np.concatenate([columns(one) for one in some]), levels])
    base = np.concatenate([start(one) for one in some])
    lapsed = np.concatenate([one.asked.lapsed for one in some])
    found = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = from_logit(base + x @ found)
        bend = (x * (weight * chance * (1 - chance))[:, None]).T @ x
        step = np.linalg.solve(
            bend + SLIGHT * np.eye(found.size),
            x.T @ (weight * (lapsed - chance)) - SLIGHT * found,
        )
        found += step
        if np.abs(step).max() < CLOSE:
            break
    return found[: -len(some)], float(found[-len(some) :].mean())


def left_out(
    cases: Mapping[Case, Questions],
    columns: Callable[[Questions], Floats],
    start: Callable[[Questions], Floats],
) -> tuple[dict[Case, Floats], dict[str, Floats]]:
    """Logits for each case from constants of the other two sets; those, and those of all three."""
    logits: dict[Case, Floats] = {}
    constants = {"all": fit(cases, SETS, columns, start)[0]}
    for name in SETS:
        others = tuple(one for one in SETS if one != name)
        constants[f"without {name}"], level = fit(cases, others, columns, start)
        for case, one in cases.items():
            if case[0] == name:
                logits[case] = start(one) + columns(one) @ constants[f"without {name}"] + level
    return logits, constants


def weighted_auc(lapsed: Floats, score: Floats, weight: Floats) -> Floats:
    """(d,) AUC, each row counted by its (d, k) weights; equal scores count half."""
    order = np.argsort(score)
    first = np.flatnonzero(np.r_[True, np.diff(score[order]) != 0])
    whole = np.add.reduceat(weight[:, order], first, axis=1)
    hits = np.add.reduceat(weight[:, order] * lapsed[order], first, axis=1)
    misses = whole - hits
    above = (hits * (np.cumsum(misses, axis=1) - misses / 2)).sum(axis=1)
    figure: Floats = above / np.maximum(hits.sum(axis=1) * misses.sum(axis=1), 1e-9)
    return figure


def drawn(asked: Asked, score: Floats) -> tuple[Floats, Floats]:
    """(DRAWS,) AUC and mean AUC within an owner, the owners drawn anew; the same each time."""
    owners, whose = np.unique(asked.owner, return_inverse=True)
    dice = np.random.default_rng(SEED)
    held = dice.multinomial(owners.size, np.full(owners.size, 1 / owners.size), size=DRAWS)
    whole = weighted_auc(asked.lapsed.astype(np.float64), score, held[:, whose].astype(np.float64))
    each = np.array(
        [
            auc_by_owner(asked.owner[mine], asked.lapsed[mine], score[mine])
            for mine in (whose == one for one in range(owners.size))
        ]
    )
    some = np.isfinite(each)
    count = held[:, some].sum(axis=1)
    within = np.where(count > 0, held[:, some] @ each[some] / np.maximum(count, 1), np.nan)
    return whole, within


Scores = dict[Case, Floats]


def against(
    cases: Mapping[Case, Questions],
    scores: Scores,
    others: Scores,
    drawn_others: Mapping[Case, tuple[Floats, Floats]],
) -> list[str]:
    """For each horizon: mean differences of AUC and of AUC within an owner, x 1000, with 95 %."""
    mine = {case: drawn(one.asked, scores[case]) for case, one in cases.items()}
    found = []
    for horizon in HORIZONS:
        for which, figure in enumerate((_auc, _within)):
            values, draws = [], []
            for case in ((name, horizon) for name in SETS):
                asked = cases[case].asked
                values.append(figure(asked, scores[case]) - figure(asked, others[case]))
                draws.append(mine[case][which] - drawn_others[case][which])
            low, high = 1000 * np.nanpercentile(np.mean(draws, axis=0), [2.5, 97.5])
            found.append(f"{1000 * np.mean(values):+5.1f} [{low:+5.1f},{high:+5.1f}]")
    return found


def _auc(asked: Asked, score: Floats) -> float:
    return auc(asked.lapsed, score)


def _within(asked: Asked, score: Floats) -> float:
    return auc_by_owner(asked.owner, asked.lapsed, score)


FIGURES: dict[str, Callable[[Asked, Floats], float]] = {
    "AUC": _auc,
    "AUC within an owner": _within,
    "P@5": top,
    "calibration error": lambda asked, logit: calibration_error(asked.lapsed, from_logit(logit)),
}


def tables(cases: Mapping[Case, Questions], answers: dict[str, Scores]) -> None:
    """Print each figure of each answer, for each case, and the means."""
    for figure, grade in FIGURES.items():
        # Tie decay is no chance.
        names = [name for name in answers if figure != "calibration error" or name != "decay"]
        print(f"{figure:24}{''.join(f'{name:>12}' for name in names)}")
        rows = {
            case: [grade(one.asked, answers[name][case]) for name in names]
            for case, one in cases.items()
        }
        for (name, horizon), row in rows.items():
            print(f"{name:12}{horizon:>12}{''.join(f'{x:12.3f}' for x in row)}")
        for horizon in HORIZONS:
            mean = np.nanmean([row for case, row in rows.items() if case[1] == horizon], axis=0)
            print(f"{'mean':12}{horizon:>12}{''.join(f'{x:12.3f}' for x in mean)}")
        print()


def show(name: str, values: npt.ArrayLike) -> None:
    """Print a row of constants."""
    print(f"{name:24}{''.join(f'{x:12.3f}' for x in np.asarray(values))}")


def differences(
    cases: Mapping[Case, Questions], rows: list[tuple[str, Scores]], others: Scores
) -> None:
    """Print how far each of `rows` is from `others`."""
    heads = [f"{what} {horizon}" for horizon in HORIZONS for what in ("AUC", "within")]
    print(f"{'means of sets, x 1000':36}{''.join(f'{head:>22}' for head in heads)}")
    theirs = {case: drawn(one.asked, others[case]) for case, one in cases.items()}
    for name, scores in rows:
        figures = against(cases, scores, others, theirs)
        print(f"{name:36}{''.join(f'{one:>22}' for one in figures)}")
    print()


def main() -> None:
    """Print the tables, or say that the data are absent."""
    if not present():
        return
    sets = [load(name) for name in SETS]
    cases = {(one.name, horizon): questions(one, horizon) for one in sets for horizon in HORIZONS}

    refit, every = left_out(cases, lambda one: one.terms, lambda one: np.zeros(one.alone.size))
    contact, only = left_out(cases, lambda one: one.terms[:, -1:], lambda one: one.alone)
    steady, keeps = left_out(cases, lambda one: one.terms[:, -2:-1], _without_held)
    print(f"{'constants':24}{''.join(f'{name:>12}' for name in (*HAZARD, 'ln D'))}")
    show("in use", IN_USE)
    for name, values in every.items():
        show(f"all, {name}", values)
    for name, values in only.items():
        print(f"{f'ln D alone, {name}':24}{'':72}{values[0]:12.3f}")
    for name, values in keeps.items():
        print(f"{f'held alone, {name}':24}{'':60}{values[0]:12.3f}")
    print()

    in_use = {case: one.now for case, one in cases.items()}
    fitted = {"all refit": refit, "ln D refit": contact, "held refit": steady}
    plain = {
        "five terms": {case: one.published for case, one in cases.items()},
        "decay": {case: one.asked.ranks["decay"] for case, one in cases.items()},
    }
    tables(cases, {"in use": in_use} | fitted | plain)
    print("against what is in use, fitted on two sets and tried on the third")
    rows = [*fitted.items(), ("all but held", _all(cases, _without_held)), *plain.items()]
    differences(cases, rows, in_use)

    tried = [(name, *_one_more(cases, name)) for name in MORE]
    print("one more term, added to what is in use")
    differences(cases, [(name, scores) for name, scores, _ in tried], in_use)
    print(f"{'its constant':36}{''.join(f'{name:>18}' for name in tried[0][2])}")
    for name, _, constants in tried:
        print(f"{name:36}{''.join(f'{values[0]:18.3f}' for values in constants.values())}")


def _without_held(one: Questions) -> Floats:
    """The five published terms, and the owner's contact in the same proportion as in use."""
    return one.published + calibration.PER_LN_CONTACT / lapse.DRAWN_IN * one.terms[:, -1]


def _all(cases: Mapping[Case, Questions], of: Callable[[Questions], Floats]) -> Scores:
    return {case: of(one) for case, one in cases.items()}


def _one_more(cases: Mapping[Case, Questions], name: str) -> tuple[Scores, dict[str, Floats]]:
    return left_out(cases, lambda one: one.more[name][:, None], lambda one: one.now)


if __name__ == "__main__":
    main()
