"""Quantiles of Student's t distribution, for ranges told from few measurements."""

from __future__ import annotations

__all__ = ["quantile"]

#: Where 95 % lie below, for 1, 2, 3 … degrees of freedom: 90 % lie within plus and minus of it.
#: Source: https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm
_ONE_SIDED = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812,
              1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740, 1.734, 1.729, 1.725)  # fmt: skip
#: The same of the normal distribution, which it comes down to.
_MANY = 1.6449


def quantile(freedom: int) -> float:
    """How many standard deviations to each side hold 90 %, at so many degrees of freedom."""
    if freedom < 1:
        raise ValueError(f"There are no quantiles for {freedom} degrees of freedom.")
    if freedom <= len(_ONE_SIDED):
        return _ONE_SIDED[freedom - 1]
    # The first terms of its expansion: Abramowitz and Stegun, Handbook of Mathematical Functions,
    # 26.7.5.
    return _MANY + (_MANY**3 + _MANY) / (4 * freedom)
