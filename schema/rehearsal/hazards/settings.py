"""Project-wide settings of hazards: ``hazards.toml`` beside the config, reviewed like code.

::

    enable = ["statement-timeout-missing"]   # rules that are told only to those who ask

    [[ignored]]
    rule = "prefer-*"                        # a rule's id; * and ? are globs
    object = "audit.*"                       # only there; optional
    reason = "the types are those that the other databases of the product know"

    [names]                                  # regular expressions that whole names must match
    table = "[a-z_]+"
    index = "ix_.*"

What is for one revision only belongs into that revision's file, as a comment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from schema.errors import ConfigError
from schema.rehearsal.hazards.hazard import Hazard
from schema.rehearsal.hazards.rule import rules

__all__ = ["FILE_NAME", "NO_SETTINGS", "Settings", "Silence", "read_settings", "silenced"]

FILE_NAME = "hazards.toml"

#: What names can be asked to match an expression.
NAMED = ("schema", "table", "column", "index", "foreign_key", "check", "unique", "primary_key")


class Rooted(Protocol):
    """The part of a Project that its settings are read from."""

    @property
    def root(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Silence:
    """One entry: rules, by a glob, that a project does not want to hear of, and why."""

    rule: str
    reason: str
    object: str = "*"

    def covers(self, hazard: Hazard) -> bool:
        return fnmatchcase(hazard.rule, self.rule) and fnmatchcase(hazard.object or "", self.object)


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings; without a file, all of them are empty."""

    ignored: tuple[Silence, ...] = ()
    enabled: frozenset[str] = frozenset()
    names: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


NO_SETTINGS = Settings()


def silenced(hazards: Iterable[Hazard], settings: Settings) -> tuple[Hazard, ...]:
    """The hazards, those that the project does not want to hear of with its reason."""
    return tuple(
        next(
            (
                replace(hazard, ignored=entry.reason)
                for entry in settings.ignored
                if hazard.ignored is None and entry.covers(hazard)
            ),
            hazard,
        )
        for hazard in hazards
    )


def read_settings(project: Rooted) -> Settings:
    """The settings of a project; empty ones when it has no file.

    Raises ConfigError, which names the file and what in it is not understood.
    """
    path = project.root / FILE_NAME
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return NO_SETTINGS
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    if unknown := sorted(told.keys() - {"enable", "ignored", "names"}):
        raise ConfigError(f"{path}: {', '.join(unknown)} means nothing here.")
    return Settings(
        tuple(_silence(path, number, entry) for number, entry in enumerate(_tables(path, told), 1)),
        frozenset(_enabled(path, told.get("enable", []))),
        dict(_names(path, told.get("names", {}))),
    )


def _tables(path: Path, told: Mapping[str, Any]) -> list[Any]:
    found = told.get("ignored", [])
    if not isinstance(found, list):
        raise ConfigError(f"{path}: 'ignored' must be tables; begin each with [[ignored]].")
    return found


def _silence(path: Path, number: int, entry: object) -> Silence:
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict) or entry.keys() - {"rule", "object", "reason"}:
        raise ConfigError(f"{where}: it may hold 'rule', 'object' and 'reason'.")
    for key in ("rule", "reason"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ConfigError(f"{where}: {key!r} is missing.")
    if not any(fnmatchcase(known, entry["rule"]) for known in rules()):
        raise ConfigError(f"{where}: no rule is called {entry['rule']!r}.")
    return Silence(entry["rule"], entry["reason"].strip(), str(entry.get("object", "*")))


def _enabled(path: Path, told: object) -> Iterable[str]:
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise ConfigError(f"{path}: 'enable' must be a list of rules.")
    if unknown := [each for each in told if each not in rules()]:
        raise ConfigError(f"{path}: no rule is called {', '.join(map(repr, unknown))}.")
    return told


def _names(path: Path, told: object) -> Iterable[tuple[str, re.Pattern[str]]]:
    if not isinstance(told, dict) or told.keys() - set(NAMED):
        raise ConfigError(f"{path}: 'names' may hold {', '.join(NAMED)}.")
    for key, text in told.items():
        try:
            yield key, re.compile(str(text))
        except re.error as error:
            raise ConfigError(f"{path}: names.{key} is no regular expression: {error}") from None
