"""Which rows of a table can be told apart, all pairs at once: letters that tied rows share.

Every pair of rows is compared so that the chance of any false difference in the whole table is 5 %, not 5 % for each
pair: by Tukey and Kramer's test where the rows spread alike (`results.means`), by Games and Howell's where they do not.
Both ask how far apart the largest and the smallest of k means lie by chance (the studentized range). A tie is no proof
of equality: it says that the searches made cannot tell the two apart.

Simulated tables of twelve equal rows with a false difference: 4 to 6 % at 2 to 20 seeds of equal spread. Where spreads
differ by a factor of twelve, 5 % from 10 seeds on, but 11 % at 5, and 25 % at 2 or 3, which cannot show that they do.
"""

import math
import string
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .means import Spread, present, spreads

ALPHABET = string.ascii_lowercase + string.ascii_uppercase
EQUAL = 1e-9  # percent points: sums of the same accuracies may differ in their last bits


def letters(groups: Sequence[ArrayLike], level: float = 0.95, constant: Sequence[bool] | None = None) -> list[str]:
    """The letters of each group, "a" for the best; groups that share one cannot be told apart (`differing`).

    Empty for a group without values, and for all where no two can be compared: one group, or no spread known.
    """
    kept = present(groups)
    means = [float(values.mean()) if values.size else -math.inf for values in kept]
    rows = [int(place) for place in np.argsort(means, kind="stable")[::-1] if kept[place].size]
    if len(rows) < 2 or not any(spread.freedom for spread in spreads(groups, constant)):
        return [""] * len(kept)
    differ = differing(groups, level, constant)[np.ix_(rows, rows)]
    found = [""] * len(kept)
    for place, members in enumerate(sorted(sorted(tied) for tied in tied_sets(differ))):
        for member in members:
            found[rows[member]] += ALPHABET[place] if place < len(ALPHABET) else f"({place + 1})"
    return found


def differing(
    groups: Sequence[ArrayLike], level: float = 0.95, constant: Sequence[bool] | None = None
) -> NDArray[np.bool_]:
    """Element (i, j): whether the means of groups i and j differ, at `level` over all pairs together.

    Groups i and j with means m, variances v and sizes n (`results.means.spreads`: pooled, or each its own) differ where
    |m_i - m_j| / sqrt((v_i / n_i + v_j / n_j) / 2) exceeds the studentized range's quantile for k groups and ν degrees
    of freedom: those of the pool (Tukey-Kramer), or those of Welch and Satterthwaite for the pair (Games-Howell).

    A `constant` group, whose seeds all found one winner, has variance 0: against another row the other's variance
    decides. Two groups of variance 0 are tied where their means are equal and differ where they are not, as there is no
    spread that could tie them. Groups of which too little is known, such as one value among unequal spreads, differ
    from none.
    """
    kept = present(groups)
    known = spreads(groups, constant)
    filled = [place for place, values in enumerate(kept) if values.size]
    found = np.zeros((len(kept), len(kept)), dtype=np.bool_)
    if len(filled) < 2:
        return found
    for place, i in enumerate(filled):
        for j in filled[:place]:
            distance = abs(float(kept[i].mean() - kept[j].mean()))
            error, freedom = _error([(known[one], kept[one].size) for one in (i, j)])
            if error == 0:
                differs = distance > EQUAL
            else:
                ratio = distance / math.sqrt(error / 2)  # NaN where a spread is unknown: no difference
                differs = ratio > 0 and _exceeds(ratio, len(filled), freedom, level)
            found[i, j] = found[j, i] = differs
    return found


def tied_sets(differ: NDArray[np.bool_]) -> Collection[frozenset[int]]:
    """The largest sets of rows of which no two differ: each set is one letter. `differ` is symmetric, (rows, rows).

    Insert and absorb: from one set of all rows, each pair that differs splits the sets that hold both, and a set within
    another is dropped. Piepho 2004, "An algorithm for a letter-based representation of all-pairwise comparisons".
    """
    sets = {frozenset(range(len(differ)))} if len(differ) else set()
    for i, j in zip(*np.nonzero(np.triu(differ)), strict=True):
        both = {tied for tied in sets if i in tied and j in tied}
        halves = {tied - {one} for tied in both for one in (int(i), int(j))}
        sets -= both
        sets |= {half for half in halves if not any(half < other for other in halves | sets)}
    return sets


def _exceeds(ratio: float, count: int, freedom: float, level: float) -> bool:
    """Whether `ratio` is above the quantile for `freedom`, told by those of whole numbers beside it where it can."""
    from scipy.stats import studentized_range  # at first use: half a second's import that a search does without

    whole = freedom if math.isinf(freedom) else math.floor(freedom)
    if ratio > _quantile(level, count, whole):
        return True
    if whole == freedom or ratio <= _quantile(level, count, whole + 1):
        return False
    return bool(studentized_range.sf(ratio, count, freedom) < 1 - level)


@lru_cache(maxsize=256)  # it takes a tenth of a second, and many pairs have the same
def _quantile(level: float, count: int, freedom: float) -> float:
    """The studentized range of `count` means that is exceeded with probability 1 - `level`."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(level, count, freedom))


def _error(pair: Sequence[tuple[Spread, int]]) -> tuple[float, float]:
    """Variance of the difference of two means, and its degrees of freedom; `pair` holds spreads and sizes."""
    parts = [spread.variance / size for spread, size in pair]
    error = sum(parts)
    moving = [spread for spread, _ in pair if spread.freedom < math.inf]
    if all(spread.pooled for spread in moving):
        return error, moving[0].freedom if moving else math.inf
    with_freedom = [(part, spread.freedom) for part, (spread, _) in zip(parts, pair, strict=True) if spread.freedom]
    weight = sum(part**2 / freedom for part, freedom in with_freedom)
    return error, error**2 / weight if weight else math.inf
