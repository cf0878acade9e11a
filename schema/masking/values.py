"""Masked values: other ones, made from the old ones and a random key that nobody keeps."""

from __future__ import annotations

import re
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from schema.masking.plan import Step
from schema.masking.rules import FAKES
from schema.synthetic.texts import pool

__all__ = ["Masker", "days_later", "days_of", "detour", "fakes", "limits", "salt_of"]

_LETTERS = string.digits + string.ascii_lowercase


#: How many days unique dates are moved on top, for a moment, so that no two of them meet.
_AWAY = 730_000


def limits(
    steps: Sequence[Step], largest: Callable[[Step], int | None]
) -> Mapping[str, tuple[int, int]]:
    """For each group in how many bits numbers are mixed, and what is added for a moment.

    ``largest`` asks for the greatest number in a column, without its sign; None of no numbers.
    """
    most: dict[str, int] = {}
    bits: dict[str, int] = {}
    for step in steps:
        found = 0
        if _is_mixed(step):
            found = int(largest(step) or 0)
            bits[step.group] = min(bits.get(step.group, 63), step.longest or 63)
        most[step.group] = max(most.get(step.group, 0), found)
    return {group: _room(number, bits.get(group, 63)) for group, number in most.items()}


def detour(step: Step, added: int, moved: str) -> tuple[str, str | None]:
    """SQL that sets a new value, and SQL that brings it back from where no old one is in its way.

    Databases check a unique index row by row, so new values must not meet old ones. ``{}`` stands
    for the new value in the first, and for the column in the second, which is None where there is
    no need of it. ``moved`` is SQL for a date some days later: ``{} + INTERVAL %d DAY``.
    """
    if step.is_unique and step.mask.rule == "shift":
        return moved % _AWAY, moved % -_AWAY
    if step.is_unique and _is_mixed(step):
        return ("-1 - {}", "-1 - {}") if added < 0 else (f"{{}} + {added}", f"{{}} - {added}")
    return "{}", None


def _is_mixed(step: Step) -> bool:
    return step.shape == "integer" and step.mask.rule == "hash"


def _room(largest: int, bits: int) -> tuple[int, int]:
    """In how many bits whole numbers are mixed, and what is added to them for a moment.

    ``largest`` is the greatest of them without its sign, ``bits`` what their type holds. What is
    added keeps new numbers from meeting old ones; -1 stands for the negative numbers, where there
    is no other room.
    """
    if largest < 1 << 30 and bits > 32:
        return 30, 1 << 32
    if largest < 1 << (bits - 1):
        return bits - 1, 1 << (bits - 1)
    return bits, -1


def fakes(kind: str) -> tuple[str, ...]:
    """Made-up values of a kind, the same ones for every copy."""
    return pool(FAKES[kind], 0)


def days_of(key: bytes, moved_with: str) -> int:
    """By how many days dates are moved: 30 to 400, back or forth.

    It is the same for all that moves together.
    """
    number = int.from_bytes(blake2b(moved_with.encode(), key=key, digest_size=8).digest(), "big")
    return (30 + number % 371) * (1 if number >> 32 & 1 else -1)


def salt_of(key: bytes) -> str:
    """What SQL is salted with: statements may be logged, and the key does not follow from it."""
    return blake2b(b"digest", key=key).hexdigest()


def days_later(value: Any, days: int) -> Any:  # noqa: ANN401
    """A date of SQLite's, moved; numbers are days, or seconds where they are large."""
    if isinstance(value, int | float):
        return value + days * (86_400 if abs(value) > 10_000_000 else 1)
    found = re.match(r"(\d{4}-\d\d-\d\d)(.*)", str(value), re.S)
    try:
        moved = datetime.fromisoformat(found[1] if found else "") + timedelta(days=days)
    except (ValueError, OverflowError):
        return value
    return f"{moved:%Y-%m-%d}{found[2] if found else ''}"


class Masker:
    """Masks the values of one column; for SQLite, which calls it for each row."""

    def __init__(self, step: Step, key: bytes, *, longest: int | None, bits: int = 30) -> None:
        self.step, self.longest, self.bits = step, longest, bits
        self.key = blake2b(step.rule.encode(), key=key).digest()
        self.days = days_of(key, step.moved_with)
        self.rule: Callable[[Any], Any] = getattr(self, f"_{step.mask.rule}")
        self.fakes: Sequence[str] = ()
        if step.mask.rule == "fake":
            self.fakes = fakes(step.mask.argument or "")

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 -- whatever SQLite holds
        return None if value is None else self.rule(value)

    # -- the rules

    def _hash(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, int | float | Decimal) and self.step.shape == "number":
            return type(value)(re.sub(r"[^\d.-]", "1", self._text(str(value))))
        if isinstance(value, int):
            return self._other_number(value)
        if isinstance(value, float):
            return float(self._other_number(int(value)))
        if isinstance(value, bytes):
            return self._stream(value, max(len(value), 8))[: max(len(value), 8)]
        if self.step.shape == "uuid":
            made = uuid.UUID(bytes=self._stream(value, 16)[:16], version=4)
            return made.hex if len(value) == 32 else str(made)
        return self._cut(self._stream(value, 16)[:16].hex())

    def _fake(self, value: Any) -> str:  # noqa: ANN401
        number = int.from_bytes(self._stream(value, 16)[:16], "big")
        text = self.fakes[number % len(self.fakes)]
        if not self.step.distinct:
            return self._cut(text)
        return self._with_mark(text, _spelled(number // len(self.fakes), 8))

    def _keep(self, value: Any) -> str:  # noqa: ANN401
        text, count = str(value), int(self.step.mask.argument or 0)
        if not self.step.distinct:
            return text[:count] + "x" * (len(text) - count)
        mark = _spelled(int.from_bytes(self._stream(value, 16)[:16], "big"), 8)
        room = count if self.longest is None else max(0, min(count, self.longest - 8))
        return self._cut(text[:room] + mark)

    def _text(self, value: Any) -> str:  # noqa: ANN401
        text = str(value)
        stream = self._stream(value, len(text))
        return "".join(_other(char, byte) for char, byte in zip(text, stream, strict=False))

    def _shift(self, value: Any) -> Any:  # noqa: ANN401
        moved = days_later(value, self.days)
        return self._text(value) if moved == value else moved

    def _fixed(self, _: Any) -> str | None:  # noqa: ANN401
        return self.step.mask.argument

    def _null(self, _: Any) -> None:  # noqa: ANN401
        return None

    # -- from the key

    def _stream(self, value: Any, length: int) -> bytes:  # noqa: ANN401
        """Bytes that follow from the value and the key: equal values have equal ones."""
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        found, block = b"", 0
        while len(found) < length or not found:
            found += blake2b(block.to_bytes(4, "big") + data, key=self.key[:32]).digest()
            block += 1
        return found

    def _other_number(self, value: int) -> int:
        """Another number of at most as many bits, and a different one for each value.

        A Feistel network, walked on until it comes to a number that is small enough.
        """
        half = (self.bits + 1) // 2
        number = abs(value)
        while True:
            left, right = number >> half, number & (1 << half) - 1
            for turn in range(4):
                data = bytes([turn]) + right.to_bytes(8, "big")
                mixed = int.from_bytes(
                    blake2b(data, key=self.key[:32], digest_size=8).digest(), "big"
                )
                left, right = right, left ^ mixed & (1 << half) - 1
            number = left << half | right
            if 0 < number < 1 << self.bits:
                return number if value >= 0 else -number

    def _cut(self, text: str) -> str:
        return text if self.longest is None else text[: self.longest]

    def _with_mark(self, text: str, mark: str) -> str:
        """The text with a mark in it that tells it apart, within the limit."""
        head, at, tail = text.partition("@")
        if at:
            whole = f"{head}.{mark}@{tail}"
            if self.longest is None or len(whole) <= self.longest:
                return whole
        room = None if self.longest is None else max(0, self.longest - len(mark) - 1)
        kept = text if room is None else text[:room]
        return self._cut(f"{kept}-{mark}" if kept else mark)


def _other(char: str, byte: int) -> str:
    """A character of the same kind; what is neither letter nor digit stays."""
    if char.isdigit():
        return str(byte % 10)
    if char.isalpha():
        letter = string.ascii_lowercase[byte % 26]
        return letter.upper() if char.isupper() else letter
    return char


def _spelled(number: int, length: int) -> str:
    found = ""
    for _ in range(length):
        number, digit = divmod(number, len(_LETTERS))
        found += _LETTERS[digit]
    return found
