"""What happened to one value: the same in another type, or lost, and in which way.

A value is given as what it is: a number, a moment in time, bytes, None; or as text, of which
nothing is known but that. The order of the questions matters: the first that fits names it.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation

__all__ = ["LOSSES", "Value", "change_of", "offset"]

Value = str | int | float | Decimal | datetime | bytes | None

#: The kinds of change after which the value from before cannot be told any more.
LOSSES = frozenset(
    {"nulled", "emptied", "truncated", "rounded", "cast", "clipped", "zeroed", "time shift",
     "encoding"}
)  # fmt: skip

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MOMENT = re.compile(r"\d{4,}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?(\.\d+)?)?([+-]\d\d(:?\d\d)?|Z)?")
_BOOLEANS = {"true": Decimal(1), "false": Decimal(0)}

_ZERO_DATE = "0000-00-00"
_ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)

#: Encodings that UTF-8 is taken for by mistake, and the other way round.
_MISTAKEN = ("latin-1", "cp1252", "cp850", "cp437")


def change_of(old: Value, new: Value) -> str | None:
    """The kind of change from one value to another; None when they are the same value.

    One of ``LOSSES``, or ``"filled"``, ``"moved"`` (a moment in time that is another by a full
    quarter of an hour: only all values together tell a time shift), ``"clipped"`` (a number that is
    now the last one a type of MariaDB's holds: that it is one is for the types to tell),
    ``"zeroed"`` (a date that is none, as MariaDB puts in the place of one), ``"case folded"``,
    ``"trimmed"``, ``"values"``.
    """
    if old is None or new is None:
        return None if old is new else "nulled" if new is None else "filled"
    if _is_same(old, new):
        return None
    if isinstance(old, bytes) or isinstance(new, bytes):
        return _of_bytes(old, new)
    moments = _moment(old), _moment(new)
    if moments[0] is not None and moments[1] is not None:
        return _of_moments(moments[0], moments[1])
    numbers = _number(old), _number(new)
    if numbers[0] is not None and numbers[1] is not None:
        is_cast = isinstance(new, int) and not isinstance(old, int)
        if numbers[0] == numbers[1]:
            return "cast" if _is_spelled(old) else "values"
        kind = _of_numbers(numbers[0], numbers[1])
        return "cast" if is_cast and kind == "rounded" else kind
    if not isinstance(new, str):
        return "cast"  # a text that was no number, or no moment, became one
    return _of_texts(str(old), new)


def offset(old: Value, new: Value) -> timedelta | None:
    """By how much a moment in time is later; None when they are no moments."""
    moments = _moment(old), _moment(new)
    return None if moments[0] is None or moments[1] is None else moments[1] - moments[0]


def _is_same(old: Value, new: Value) -> bool:
    """Whether nothing but the type differs. Two texts are the same only when they are equal."""
    if type(old) is type(new):
        return old == new
    if isinstance(old, bytes) or isinstance(new, bytes):
        return False
    numbers = _number(old), _number(new)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1] and _is_plain(old) and _is_plain(new)
    moments = _moment(old), _moment(new)
    return moments[0] is not None and moments[0] == moments[1]


def _is_plain(value: Value) -> bool:
    """Whether a text is a number as one writes it: no zeros in front, no sign that says nothing."""
    if not isinstance(value, str) or value in _BOOLEANS:
        return True
    digits = value.lstrip("-")
    return not (value.startswith("+") or (digits[:1] == "0" and digits[1:2].isdigit()))


def _is_spelled(value: Value) -> bool:
    """Whether the value is a text whose spelling says more than the number: 007."""
    return isinstance(value, str) and not _is_plain(value)


def _number(value: Value) -> Decimal | None:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        if value in _BOOLEANS:
            return _BOOLEANS[value]
        if len(value) < 100 and _NUMBER.fullmatch(value):
            try:
                return Decimal(value)
            except InvalidOperation:
                return None
    return None


def _moment(value: Value) -> datetime | None:
    """A date or a date and time; without a zone it is one at UTC, as the session is."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) > 40 or not _MOMENT.fullmatch(value):
        return None
    try:
        if len(value) == 10:
            found = datetime.combine(date.fromisoformat(value), datetime.min.time())
        else:
            found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _of_bytes(old: Value, new: Value) -> str:
    return "encoding" if type(old) is not type(new) else "values"


def _of_moments(old: datetime, new: datetime) -> str:
    moved = new - old
    if abs(moved) <= timedelta(days=1) and _is_rounded(old, new):
        return "cast" if new.time() == datetime.min.time() and old.time() != new.time() else (
            "rounded"
        )  # fmt: skip
    if abs(moved) <= timedelta(hours=26) and moved % timedelta(minutes=15) == timedelta(0):
        return "moved"
    return "values"


def _is_rounded(old: datetime, new: datetime) -> bool:
    """Whether the new one lacks what the old one had behind the second, or behind the day."""
    if new.time() == datetime.min.time() and old.time() != new.time():
        return old.date() == new.date()
    if abs(new - old) >= timedelta(seconds=1):
        return new.second == 0 != old.second and abs(new - old) < timedelta(minutes=1)
    return _digits(new.microsecond) < _digits(old.microsecond)


def _digits(microsecond: int) -> int:
    return len(f"{microsecond:06d}".rstrip("0"))


def _of_numbers(old: Decimal, new: Decimal) -> str:
    if not (old.is_finite() and new.is_finite()):
        return "values"
    # Zeros at the end are not told, so 2.5 may be what is left of 2.4996.
    for digits in range(max(_places(new), 0), min(_places(old), 30)):
        if any(_quantized(old, digits, how) == new for how in _ROUNDINGS):
            return "rounded"
    if _as_single(old) == _as_single(new) or _is_close(old, new):
        return "rounded"
    return "clipped" if _is_clipped(old, new) else "values"


#: The least and the greatest whole numbers that MariaDB's types hold.
_LIMITS = {
    Decimal(limit)
    for bits in (8, 16, 24, 32, 64)
    for limit in (2**bits - 1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1)))
}


def _is_clipped(old: Decimal, new: Decimal) -> bool:
    """Whether a number that was beyond a type's limits is at one of them now.

    Source: https://mariadb.com/kb/en/sql-mode/, what is done where strict mode is off.
    """
    if new == 0:
        return old < 0
    beyond = old > new if new > 0 else old < new
    nines = set(str(abs(new)).replace(".", "")) == {"9"}
    return beyond and (new in _LIMITS or nines)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _quantized(number: Decimal, digits: int, how: str) -> Decimal | None:
    try:
        return number.quantize(Decimal(1).scaleb(-digits), how)
    except InvalidOperation:
        return None


def _as_single(number: Decimal) -> bytes | None:
    """The number in the four bytes of a float4."""
    try:
        return struct.pack("f", float(number))
    except OverflowError:
        return None


def _is_close(old: Decimal, new: Decimal) -> bool:
    """Whether they differ behind the 15th digit, as far as a float8 goes."""
    return old != 0 and abs((new - old) / old) < Decimal("1e-15")


def _of_texts(old: str, new: str) -> str:
    if not new:
        return "emptied"
    if new.startswith(_ZERO_DATE) and not old.startswith(_ZERO_DATE):
        return "zeroed"
    if old.strip() == new.strip() or " ".join(old.split()) == " ".join(new.split()):
        return "trimmed"
    if old.startswith(new):
        return "truncated"
    if old.casefold() == new.casefold():
        return "case folded"
    if _is_mistaken(old, new):
        return "encoding"
    if old.startswith(new.rstrip()) and len(new.rstrip()) >= 4:
        return "truncated"
    return "values"


def _is_mistaken(old: str, new: str) -> bool:
    """Whether one is the other, read in the wrong encoding, or without what that lacks."""
    if old.isascii():
        return False
    for encoding in _MISTAKEN:
        for one, two in ((old, new), (new, old)):
            for told in ("replace", "ignore"):
                if one.encode("utf-8", "replace").decode(encoding, told) == two:
                    return True
    lacking = "".join(letter if letter.isascii() else "?" for letter in old)
    if new in {lacking, lacking.replace("?", "\ufffd"), lacking.replace("?", "")}:
        return True
    plain = unicodedata.normalize("NFKD", old)
    stripped = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return new == stripped or new == stripped.encode("ascii", "ignore").decode()
