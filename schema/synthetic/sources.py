"""Where values come from: each source counts its values, so that any number of them differ."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Any

__all__ = [
    "NoValuesError",
    "Source",
    "bits",
    "blobs",
    "chosen",
    "dates",
    "documents",
    "floats",
    "guids",
    "integers",
    "moments",
    "numbered",
    "numbers",
    "times",
]  # fmt: skip

#: With fewer usual values than this, each is made once and kept.
_KEPT = 4000
#: The time that made-up values cover by default.
_FIRST_DAY, _LAST_DAY = date(2020, 1, 1), date(2024, 1, 1)
_EPOCH = datetime(1970, 1, 1)


class NoValuesError(Exception):
    """There is no value for a column; the text says why."""


@dataclass
class Source:
    """A sequence of different values, each made from its number.

    ``size`` is how many there are; None means more than anybody asks for. ``usual`` are the numbers
    that ``many`` draws from, with ``weights`` where some are more common. ``first`` is the number
    that ``nth`` counts from. ``parse`` turns a constant into a number, where values are in order.
    """

    form: Callable[[int], Any]
    size: int | None = None
    usual: range = range(1000)
    first: int = 0
    lowest: int = 0
    weights: Sequence[float] | None = None
    parse: Callable[[str], Decimal] | None = None
    #: Makes one value at random where values can't be counted.
    random: Callable[[Random], Any] | None = None
    _kept: list[Any] | None = field(default=None, repr=False)
    _sums: list[float] | None = field(default=None, repr=False)

    def many(self, rng: Random, count: int) -> list[Any]:
        """Values as they usually are, some of them several times."""
        if self.random is not None:
            return [self.random(rng) for _ in range(count)]
        if self.weights is not None and self._sums is None:
            self._sums = list(accumulate(self.weights))
        if len(self.usual) > _KEPT:
            form = self.form
            return [form(number) for number in rng.choices(self.usual, k=count)]
        if self._kept is None:
            self._kept = [self.form(number) for number in self.usual]
        return rng.choices(self._kept, cum_weights=self._sums, k=count)

    def nth(self, number: int) -> Any:  # noqa: ANN401 -- whatever the database takes
        """The value of this number, unlike those of all other numbers below ``size``."""
        if self.random is not None:
            return self.random(Random(number))  # noqa: S311 -- no secret
        if self.size is not None:
            return self.form(self.lowest + (self.first - self.lowest + number) % self.size)
        return self.form(self.first + number)

    def between(self, low: Decimal | None, high: Decimal | None) -> Source:
        """The same values from ``low`` to ``high`` only (numbers as ``parse`` gives them)."""
        if self.parse is None:
            return self
        least = self.lowest if low is None else max(self.lowest, _up(low))
        most = None if self.size is None else self.lowest + self.size - 1
        if high is not None:
            most = _down(high) if most is None else min(most, _down(high))
        if most is not None and most < least:
            raise NoValuesError("its bounds leave no value")
        usual = range(max(self.usual.start, least), min(self.usual.stop, (most or least) + 1)
                      if most is not None else self.usual.stop)  # fmt: skip
        if len(usual) == 0:
            width = max(len(self.usual), 2)
            if low is None and most is not None:
                usual = range(max(least, most + 1 - width), most + 1)
            else:
                usual = range(least, least + width if most is None
                              else min(most + 1, least + width))  # fmt: skip
        size = None if most is None else most - least + 1
        first = self.first if least <= self.first <= (most or self.first) else usual.start
        return replace(self, size=size, usual=usual, first=first, lowest=least,
                       weights=None, _kept=None, _sums=None)  # fmt: skip


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding="ROUND_CEILING"))


def _down(value: Decimal) -> int:
    return int(value.to_integral_value(rounding="ROUND_FLOOR"))


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NoValuesError(f"{text!r} is no number") from None


def chosen(values: Sequence[Any], weights: Sequence[float] | None = None) -> Source:
    """These values and no others."""
    if not values:
        raise NoValuesError("no value is allowed")
    return Source(values.__getitem__, len(values), range(len(values)), weights=weights)


def numbered(form: Callable[[int], Any], size: int | None = None, usual: int = 1000) -> Source:
    """Values made from their numbers, counted from zero."""
    return Source(form, size, range(usual if size is None else min(usual, size)))


def integers(low: int, high: int, usual: range = range(1, 1000)) -> Source:
    inside = range(max(low, usual.start), min(high + 1, usual.stop))
    return Source(int, high - low + 1, inside, first=max(low, 1), lowest=low, parse=_number)


def numbers(precision: int | None, scale: int, usual: range, form: Callable[[str], Any]) -> Source:
    """Decimals of so many digits in all, ``scale`` of them after the point."""
    unit, most = 10 ** max(scale, 0), 10 ** (precision or 15) - 1
    step = 10 ** max(-scale, 0)

    def make(number: int) -> Any:  # noqa: ANN401
        if scale <= 0:
            return form(str(number * step))
        whole, part = divmod(abs(number), unit)
        return form(f"{'-' if number < 0 else ''}{whole}.{part:0{scale}}")

    inside = range(min(usual.start * unit, most // 2), min(usual.stop * unit, most + 1))
    return Source(
        make, 2 * most + 1, inside, first=1, lowest=-most,
        parse=lambda text: _number(text) * unit / step,
    )  # fmt: skip


def floats(usual: range) -> Source:
    """Numbers with two digits after the point, which all kinds of floats hold well."""
    return Source(
        lambda number: number / 100, None, range(usual.start * 100, usual.stop * 100), first=1,
        lowest=-(10**9), parse=lambda text: _number(text) * 100,
    )  # fmt: skip


def dates(first: date = _FIRST_DAY, last: date = _LAST_DAY) -> Source:
    usual = range(first.toordinal(), last.toordinal())
    return Source(
        lambda number: date.fromordinal(number).isoformat(), 3_000_000, usual, usual.start, 1,
        parse=lambda text: Decimal(_moment(text).date().toordinal()),
    )  # fmt: skip


def moments(
    ending: str = "", *, step: int = 1, first: date = _FIRST_DAY, last: date = _LAST_DAY
) -> Source:
    """Points in time, with ``ending`` after each; their numbers are seconds."""
    start, stop = (int((datetime(d.year, d.month, d.day) - _EPOCH).total_seconds() // step)
                   for d in (first, last))  # fmt: skip

    def make(number: int) -> str:
        return str(_EPOCH + timedelta(seconds=number * step)) + ending

    return Source(
        make, 12_000_000_000, range(start, stop), start, -2_000_000_000,
        parse=lambda text: Decimal((_moment(text) - _EPOCH).total_seconds()) / step,
    )  # fmt: skip


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        raise NoValuesError(f"{text!r} is no date") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def times(ending: str = "") -> Source:
    def make(number: int) -> str:
        return f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}{ending}"

    def parse(text: str) -> Decimal:
        parts = [int(float(part)) for part in text.split("+")[0].split(":")]
        return Decimal(sum(n * unit for n, unit in zip(parts, (3600, 60, 1), strict=False)))

    return Source(make, 86_400, range(6 * 3600, 20 * 3600), 8 * 3600, parse=parse)


def guids(seed: str, form: Callable[[uuid.UUID], Any] = str) -> Source:
    """UUIDs of version 4, each from its number by a hash."""

    def make(number: int) -> Any:  # noqa: ANN401
        hashed = blake2b(f"{seed}:{number}".encode(), digest_size=16).digest()
        return form(uuid.UUID(bytes=hashed, version=4))

    return Source(make, None, range(1_000_000_000))


def documents(words: Sequence[str]) -> Source:
    """Small JSON objects, no two of them alike."""

    def make(number: int) -> str:
        word = words[number % len(words)]
        return json.dumps({"id": number, "name": word, "active": number % 3 > 0})

    return Source(make, None, range(100_000))


def blobs(form: Callable[[bytes], Any], width: int = 16) -> Source:
    def make(number: int) -> Any:  # noqa: ANN401
        text = number.to_bytes(8, "big")
        filler = blake2b(text, digest_size=min(max(width - 8, 1), 64)).digest()
        return form((text + filler * (max(width - 8, 0) // len(filler) + 1))[: max(width, 8)])

    return Source(make, None, range(1_000_000))


def bits(length: int) -> Source:
    return Source(lambda number: f"{number:0{length}b}", 2**length, range(min(2**length, 1000)))
