"""Accepted drift: the differences that a project has agreed to, in a file that is reviewed.

``drift-accepted.toml`` stands beside the config::

    [[accepted]]
    object = "column public.users.sshkey"   # kind and label as drift shows them; * and ? are globs
    property = "type"                        # only this one; without it, all of the difference
    reason = "widened by hand for the import; the migration follows in May"
    until = 2026-05-31                       # the last day on which it holds; optional

What is accepted leaves the verdict and stays in sight. An entry that ran out accepts nothing and is
reported; so is one that applies to nothing any more.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from schema.compare import Difference
from schema.errors import ConfigError

__all__ = ["FILE_NAME", "Acceptance", "Judgement", "append", "judge", "read_accepted"]

FILE_NAME = "drift-accepted.toml"

_KEYS = ("object", "property", "reason", "until")


class Rooted(Protocol):
    """The part of a Project that its accepted drift is read from."""

    @property
    def root(self) -> Path: ...


@dataclass(frozen=True)
class Acceptance:
    """One entry. ``properties`` is empty when all of a difference is accepted; ``until`` is the
    last day on which it holds, None for ever. ``number`` counts the file's entries from 1."""

    object: str
    reason: str
    properties: tuple[str, ...] = ()
    until: date | None = None
    number: int = 1

    def names(self, difference: Difference) -> bool:
        """Whether its pattern names the object, by its present or its former name."""
        identity = difference.identity
        names = [identity.label]
        if difference.renamed_from is not None:
            names.append(identity._replace(name=difference.renamed_from).label)
        called = [f"{difference.kind} {name}" for name in names]
        # A name may hold what a glob reads otherwise, so that the very text counts first.
        return any(self.object == name or fnmatchcase(name, self.object) for name in called)

    def is_over(self, today: date) -> bool:
        return self.until is not None and today > self.until


@dataclass(frozen=True)
class Judgement:
    """Differences parted by a file of accepted drift.

    ``ran_out`` and ``stale`` say which entries are past their day, and which apply to nothing, a
    sentence each.
    """

    real: tuple[Difference, ...]
    accepted: tuple[Difference, ...]
    ran_out: tuple[str, ...]
    stale: tuple[str, ...]


def read_accepted(project: Rooted) -> tuple[Acceptance, ...]:
    """The entries of a project's file, in its order; none when there is no file.

    Raises ConfigError, which names the file and the entry, for anything that is not understood.
    """
    path = project.root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return _parsed(path, text)


def judge(
    entries: Sequence[Acceptance], differences: Iterable[Difference], today: date | None = None
) -> Judgement:
    """Part differences into those that count and those that are accepted.

    An entry for one property leaves the other properties of a difference where they are.
    """
    today = today or date.today()
    used: set[int] = set()
    real: list[Difference] = []
    accepted: list[Difference] = []
    for difference in differences:
        used |= {entry.number for entry in entries if _taken(entry, difference)[0] is not None}
        valid = [entry for entry in entries if not entry.is_over(today)]
        taken, rest = _parted(valid, difference)
        accepted += taken
        real += [rest] if rest is not None else []
    return Judgement(
        tuple(real),
        tuple(accepted),
        tuple(
            _ran_out(entry) for entry in entries if entry.number in used and entry.is_over(today)
        ),
        tuple(_stale(entry) for entry in entries if entry.number not in used),
    )


def append(
    project: Rooted, difference: Difference, reason: str, until: date | None = None,
    *, properties: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Add an entry for a difference at the end of the project's file; the rest stays as it is.

    The file is made when there is none; its path is returned. Raises ConfigError when the reason
    is empty, a property does not differ, or the file is not understood as it stands.
    """
    path = project.root / FILE_NAME
    if not reason.strip():
        raise ConfigError("Say why this difference is accepted: the reason is what others review.")
    if unknown := [name for name in properties if name not in difference.properties]:
        there = ", ".join(difference.properties) or "none"
        raise ConfigError(f"{', '.join(unknown)} does not differ there; what does: {there}.")
    known = read_accepted(project)
    entry = _entry(difference, reason.strip(), until, properties)
    before = path.read_text(encoding="utf-8-sig") if path.exists() else _HEADING
    text = before + ("" if before.endswith("\n") else "\n") + entry
    if len(_parsed(path, text)) != len(known) + 1:
        raise ConfigError(f"{path} takes no further entry; write it by hand:\n{entry}")
    path.write_text(text, encoding="utf-8")
    return path


# -- reading --------------------------------------------------------------------------------------


def _parsed(path: Path, text: str) -> tuple[Acceptance, ...]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply to be read.") from None
    if unknown := sorted(found.keys() - {"accepted"}):
        raise ConfigError(f"{path}: {', '.join(unknown)} means nothing here; write [[accepted]].")
    tables = found.get("accepted", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: 'accepted' must be tables; begin each with [[accepted]].")
    return tuple(_acceptance(path, number, table) for number, table in enumerate(tables, 1))


def _acceptance(path: Path, number: int, table: Mapping[str, Any]) -> Acceptance:
    where = f"{path}, entry {number}"
    if unknown := sorted(table.keys() - set(_KEYS)):
        raise ConfigError(f"{where}: {', '.join(unknown)} is unknown; there are {_listed(_KEYS)}.")
    pattern = _text(where, table, "object")
    if not any(mark in pattern for mark in " *"):
        raise ConfigError(
            f"{where}: {pattern!r} names no kind. Write it as drift shows it, for example "
            '"column public.users.sshkey".'
        )
    return Acceptance(
        object=pattern,
        reason=_text(where, table, "reason"),
        properties=_properties(where, table.get("property")),
        until=_date(where, table.get("until")),
        number=number,
    )


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        said = "is missing" if value is None else f"is {value!r}; it must be a text"
        raise ConfigError(f"{where}: {key!r} {said}.")
    return value.strip()


def _properties(where: str, value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        raise ConfigError(f"{where}: 'property' is {value!r}; it must be a name, or several.")
    return tuple(values)


def _date(where: str, value: object) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ConfigError(f"{where}: 'until' is {value!r}; write it as 2026-05-31.") from None


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


# -- judging --------------------------------------------------------------------------------------


def _taken(
    entry: Acceptance, difference: Difference
) -> tuple[Difference | None, Difference | None]:
    """What of a difference an entry names, and what it leaves."""
    if not entry.names(difference):
        return None, difference
    if not entry.properties:
        return difference, None
    if difference.change != "changed":
        return None, difference
    named = {k: pair for k, pair in difference.properties.items() if k in entry.properties}
    rest = {k: pair for k, pair in difference.properties.items() if k not in entry.properties}
    if not named:
        return None, difference
    left = replace(difference, properties=rest) if rest else None
    return replace(difference, properties=named), left


def _parted(
    entries: Iterable[Acceptance], difference: Difference
) -> tuple[list[Difference], Difference | None]:
    """What of a difference is accepted, by the first entry that says so, and what is left."""
    accepted = []
    rest: Difference | None = difference
    for entry in entries:
        if rest is None:
            break
        taken, rest = _taken(entry, rest)
        if taken is not None:
            accepted.append(replace(taken, accepted=entry.reason))
    return accepted, rest


def _ran_out(entry: Acceptance) -> str:
    how = "repair the difference, or agree to it anew"
    return f"{FILE_NAME}, entry {entry.number} ({entry.object}) ran out on {entry.until}: {how}"


def _stale(entry: Acceptance) -> str:
    return (
        f"{FILE_NAME}, entry {entry.number} ({entry.object}) applies to nothing any more: "
        "take it out"
    )


# -- writing --------------------------------------------------------------------------------------

_HEADING = """\
# Differences of live databases that are agreed to. What is accepted here leaves the verdict of
# `schema drift` and stays in its sight. Each entry needs a reason; `until` is its last day.
"""


def _entry(
    difference: Difference, reason: str, until: date | None, properties: Sequence[str]
) -> str:
    lines = ["", "[[accepted]]"]
    lines.append(f"object = {_quoted(f'{difference.kind} {difference.label}')}")
    if properties:
        lines.append(f"property = [{', '.join(map(_quoted, properties))}]")
    lines.append(f"reason = {_quoted(reason)}")
    lines += [f"until = {until.isoformat()}"] if until else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's, but that TOML wants the control character 127 escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
