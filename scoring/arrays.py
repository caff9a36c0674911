"""Types of the arrays that scoring works on, and two steps that fold them into groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]


def changes(values: npt.NDArray[np.generic]) -> Bools:
    """(k,) whether a value differs from the one before it; true at the first."""
    changed = np.ones(values.size, dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed


def grouped(keys: Ints, number: Int32s) -> Ints:
    """(k,) an order by key, then by number, of at least one row; equal rows come in any order."""
    low, spread = int(number.min()), int(number.max()) - int(number.min()) + 1
    least, reach = int(keys.min()), int(keys.max()) - int(keys.min()) + 1
    most, bits = np.iinfo(np.int64).max, keys.size.bit_length()
    if reach * spread > most:
        return np.lexsort((number, keys))
    # One number instead of two sorts five times as fast; and with the place in its lowest bits, so
    # that numbers are sorted and not places, twice as fast again.
    code = (keys - least) * spread + (number - low)
    if reach * spread > most >> bits:
        return np.argsort(code)
    code <<= bits
    code |= np.arange(keys.size)
    code.sort()
    code &= (1 << bits) - 1
    return code
