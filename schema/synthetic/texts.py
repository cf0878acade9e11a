"""Texts: believable ones by the name of their column, as many different ones as are asked for."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

from schema.synthetic.conditions import Hint
from schema.synthetic.patterns import compiled
from schema.synthetic.sources import NoValuesError, Source, chosen

__all__ = ["pool", "texts", "usual_numbers"]

_POOL = 300
_LETTERS = string.digits + string.ascii_lowercase

#: What a column's name holds, and Faker's name for such values; the first one counts.
_BY_NAME = (
    (r"e_?mail", "ascii_safe_email"),
    (r"first_?name|given_?name", "first_name"),
    (r"last_?name|surname|family_?name", "last_name"),
    (r"user_?name|login|nick|handle|owner_?name", "user_name"),
    (r"(full|display|real|customer|person|contact|author|people).*name", "name"),
    (r"(host|server|domain|machine|node).*(name)?$", "hostname"),
    (r"(company|organi[sz]ation|employer|vendor|supplier|brand)", "company"),
    (r"(file|key|path|dir|folder)$", "file_path"),
    (r"file_?name", "file_name"),
    (r"mime|content_?type", "mime_type"),
    (r"(^|_)(ip|addr(ess)?)(_|$).*v?4?", "address"),
    (r"street", "street_address"),
    (r"city|town", "city"),
    (r"country_?code", "country_code"),
    (r"country|nation", "country"),
    (r"zip|post_?(al_?)?code", "postcode"),
    (r"phone|mobile|fax|(^|_)tel(_|$)", "phone_number"),
    (r"ur[li]|link|website|homepage|image|avatar", "url"),
    (r"hash|digest|checksum|sha|token|secret|passw|fingerprint|signature", "sha256"),
    (r"guid|uuid", "uuid4"),
    (r"user_?agent|browser", "user_agent"),
    (r"mac_?addr", "mac_address"),
    (r"currency", "currency_code"),
    (r"lang(uage)?|locale", "language_code"),
    (r"colou?r", "color_name"),
    (r"job|position|profession|occupation", "job"),
    (r"iban|account", "iban"),
    (r"title|subject|summary|headline|caption", "title"),
    (r"script|source|code_?text", "script"),
    (r"(_|^)(json|data|environment|parameters|params|payload|meta(data)?|settings|config|options"
     r"|extra|attributes|properties)(_|$)", "document"),
    (r"desc|comment|note|body|text|message|content|detail|reason|bio|about", "sentence"),
    (r"state|status|phase|stage", "state"),
    (r"name|label", "label"),
)  # fmt: skip

_STATES = ("new", "pending", "ready", "active", "done", "failed", "closed")


@lru_cache(maxsize=1)
def _faker() -> Any:  # noqa: ANN401 -- its methods are made at run time
    from faker import Faker

    return Faker("en_US")


def kind_of(name: str, table: str) -> str:
    """Faker's name for what a column holds, by its own name and its table's."""
    lower = name.lower()
    found = next((kind for pattern, kind in _BY_NAME if re.search(pattern, lower)), "word")
    people = re.search(r"user|customer|person|people|employee|contact|author|member|client",
                       table.lower())  # fmt: skip
    return "name" if found == "label" and people and lower in {"name", "label"} else found


@lru_cache(maxsize=256)
def pool(kind: str, seed: int, count: int = _POOL) -> tuple[str, ...]:
    """Different texts of this kind; fewer when there are not so many."""
    fake = _faker()
    fake.seed_instance(f"{kind} {seed}")
    rng = Random(f"{kind} {seed}")  # noqa: S311 -- no secret
    return tuple(dict.fromkeys(_made(kind, fake, rng) for _ in range(count)))


def _made(kind: str, fake: Any, rng: Random) -> str:  # noqa: ANN401
    """One text of a kind: Faker's own, or put together of what it has."""
    if kind == "address":
        return str(rng.choice((fake.street_address, fake.ipv4_private, fake.ipv4_private))())
    if kind == "title":
        return str(fake.sentence(nb_words=4)).rstrip(".")
    if kind == "label":
        return f"{fake.word()}-{fake.word()}"
    if kind == "state":
        return rng.choice(_STATES)
    if kind == "document":
        return f'{{"{fake.word()}": "{fake.word()}", "count": {rng.randrange(99)}}}'
    if kind == "script":
        lines = [f"echo '{fake.sentence()}'\n" for _ in range(rng.randrange(1, 9))]
        return "#!/bin/sh\n" + "".join(lines)
    return str(getattr(fake, kind)())


def texts(
    kind: str,
    seed: int,
    hint: Hint,
    *,
    longest: int | None = None,
    width: float | None = None,
    distinct: int | None = None,
) -> Source:
    """Texts of a kind.

    ``longest`` is the column's limit in characters. ``width`` is how long they are on average,
    ``distinct`` how many different ones are drawn. Raises NoValuesError.
    """
    most = min((each for each in (longest, hint.max_length) if each is not None), default=None)
    least = hint.min_length
    if most is not None and least > most:
        raise NoValuesError("no text is as long as it has to be")
    if hint.patterns:
        return _matching(hint, least, most)
    found = _fitting(pool(kind, seed), least, most, width, seed)
    found = [_cased(each, hint.case) for each in found]
    found = [each for each in dict.fromkeys(found) if each not in hint.excluded] or [""]
    if most == 0:
        return chosen([""])

    def form(number: int) -> str:
        return _cased(_numbered(found, number, least, most), hint.case)

    alphabet = len(_LETTERS)
    size = None if most is None or most > 11 else sum(
        alphabet**length for length in range(max(least, 1), most + 1))  # fmt: skip
    if size is not None and most is not None and most <= 4:
        return Source(lambda n: _spelled(n, max(least, 1), hint.case), size,
                      range(min(size, distinct or 1000)))  # fmt: skip
    return Source(form, size, range(distinct or len(found)))


def _cased(text: str, case: str | None) -> str:
    return text if case is None else text.lower() if case == "lower" else text.upper()


def _fitting(
    found: Sequence[str], least: int, most: int | None, width: float | None, seed: int
) -> list[str]:
    """The texts cut or lengthened so that they fit."""
    rng = Random(f"width {seed}")  # noqa: S311 -- no secret
    made = []
    for text in found:
        wanted = len(text) if width is None else max(1, round(width * (0.5 + rng.random())))
        wanted = max(wanted, least)
        while len(text) < wanted:
            text += " " + rng.choice(found) if text else rng.choice(found) or "x"
        made.append(text[: min(wanted, most) if most is not None else wanted].rstrip() or "x")
    return [text.ljust(least, "x") for text in made]


def _numbered(found: Sequence[str], number: int, least: int, most: int | None) -> str:
    """The ``number``-th different text: beyond the given ones, with a number in it."""
    round_, place = divmod(number, len(found))
    text = found[place]
    if round_ == 0:
        return text
    # What is counted is all of the number, so that cut texts differ too.
    mark = str(round_) if most is None or most > 40 else f"-{number}"
    head, at, tail = text.partition("@")
    if at and "." in tail and (most is None or len(text) + len(mark) <= most):
        return f"{head}{mark}@{tail}"
    if most is not None and most <= 11:
        return _spelled(number, max(least, len(_base36(number)), min(most, 4)), None)
    separator = "" if text[-1:].isalnum() and mark[0] != "-" else "-"
    if mark[0] != "-" and (text[-1:].isdigit() or " " in text):
        separator = " " if " " in text else "-"
    end = separator + mark
    return (text if most is None else text[: most - len(end)]) + end


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _LETTERS[digit] + digits
        if number == 0:
            return digits


def _spelled(number: int, length: int, case: str | None) -> str:
    """The ``number``-th text of letters and digits, of this length first and then longer."""
    while number >= 36**length:
        number -= 36**length
        length += 1
    return _cased(_base36(number).rjust(length, "0"), case)


def _matching(hint: Hint, least: int, most: int | None) -> Source:
    """Texts that match the first pattern; the database judges by all of them."""
    makers = [compiled(pattern) for pattern in hint.patterns]
    known = [maker for maker in makers if maker is not None]
    if not known:
        return chosen(["x"])

    def make(rng: Random) -> str:
        text = ""
        for attempt in range(20):
            text = _cased(known[attempt % len(known)](rng), hint.case)
            long_enough = len(text) >= least and (most is None or len(text) <= most)
            if long_enough and text not in hint.excluded:
                break
        return text if most is None else text[:most]

    return Source(lambda number: make(Random(number)), None, random=make)  # noqa: S311 -- no secret


def usual_numbers(name: str) -> range:
    """Whole numbers as columns of this name hold them."""
    lower = name.lower()
    for pattern, found in (
        (r"(^|_)age$", range(18, 90)),
        (r"year", range(1990, 2025)),
        (r"month", range(1, 13)),
        (r"(^|_)day$|day_of_month", range(1, 29)),
        (r"hour", range(24)),
        (r"minute|second", range(60)),
        (r"percent|rate|ratio|progress|score", range(101)),
        (r"port$", range(1024, 65536)),
        (r"(^|_)lat(itude)?$", range(-80, 80)),
        (r"(^|_)(lon|lng)(gitude)?$", range(-170, 170)),
        (r"rating|stars|priority|level|rank", range(1, 6)),
        (r"qty|quantity|count|attempts|retries", range(1, 100)),
        (r"bytes|size|memory|disk", range(1024, 2**31)),
        (r"price|amount|total|cost|salary|balance|fee", range(1, 1000)),
    ):
        if re.search(pattern, lower):
            return found
    return range(1, 10_000)
