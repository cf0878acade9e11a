"""Rules of masking: what they say, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from schema.errors import ScratchError

__all__ = ["FAKES", "HELP", "Mask", "parse_masks"]

#: What the command line's help says of masks.
HELP = """\
A mask is TABLE.COLUMN=RULE, where * stands for any name: *.email=fake:email.
Where several masks name a column, the last one counts.

\b
hash          another value, not to be undone; equal values stay equal
fake:KIND     a made-up one: email, name, first_name, last_name, user_name, phone,
              address, city, country, company, url, hostname, ip, word, title, sentence
keep:N        the first N characters stay, the others become x
text          other letters and digits, of the same length
shift         dates and times are moved by the same number of days in all of a table
null          no value
fixed:VALUE   this value

A column that others refer to is masked alike in all of them. Each copy has a random key of its
own, so nobody finds the old values by trying.
"""

#: The kinds of ``fake``, and Faker's own names where they differ.
FAKES = {
    "email": "ascii_safe_email",
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "user_name": "user_name",
    "phone": "phone_number",
    "address": "street_address",
    "city": "city",
    "country": "country",
    "company": "company",
    "url": "url",
    "hostname": "hostname",
    "ip": "ipv4_private",
    "word": "word",
    "title": "title",
    "sentence": "sentence",
}

_RULES = ("hash", "fake", "keep", "text", "shift", "null", "fixed")


@dataclass(frozen=True)
class Mask:
    """One rule for the columns whose names match.

    ``table`` and ``column`` may hold ``*``; ``rule`` is one of hash, fake, keep, text, shift, null
    and fixed; ``argument`` is what stands after its colon, None when nothing does.
    """

    table: str
    column: str
    rule: str
    argument: str | None = None

    def __str__(self) -> str:
        rule = self.rule if self.argument is None else f"{self.rule}:{self.argument}"
        return f"{self.table}.{self.column}={rule}"

    def matches(self, table: str, column: str) -> bool:
        """Whether it is for this column; ``table`` may be qualified (``sales.orders``)."""
        names = {table, table.rpartition(".")[2]}
        return fnmatchcase(column, self.column) and any(
            fnmatchcase(name, self.table) for name in names
        )


def parse_masks(texts: Iterable[str]) -> tuple[Mask, ...]:
    """The masks that these texts say, such as ``*.email=fake:email``; see ``HELP`` for the rules.

    Raises ScratchError for the first one that can't be understood.
    """
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> Mask:
    names, equals, rule = text.partition("=")
    table, dot, column = names.strip().rpartition(".")
    if not equals or not dot or not table or not column:
        raise ScratchError(f"{text!r} is no mask. Write TABLE.COLUMN=RULE; * stands for any name.")
    name, colon, argument = rule.partition(":")
    name = name.strip()
    if name not in _RULES:
        raise ScratchError(f"{text!r}: there is no rule {name!r}. There are {', '.join(_RULES)}.")
    mask = Mask(table, column, name, argument if colon else None)
    problem = _problem(mask)
    if problem:
        raise ScratchError(f"{text!r}: {problem}")
    return mask


def _problem(mask: Mask) -> str | None:
    argument = mask.argument
    if mask.rule == "fake":
        if argument not in FAKES:
            return f"fake needs a kind, one of {', '.join(FAKES)}."
    elif mask.rule == "keep":
        if not re.fullmatch(r"\d{1,6}", argument or ""):
            return "keep needs a number of characters, as in keep:2."
    elif mask.rule == "fixed":
        if argument is None:
            return "fixed needs a value, as in fixed:unknown."
    elif argument is not None:
        return f"{mask.rule} takes nothing after it."
    return None
