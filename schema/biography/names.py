"""Names as people type them, and the lives that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from schema.biography.lives import TABLES, Event, Life, Lives
from schema.catalog import Identity
from schema.errors import WorkbenchError

__all__ = ["Meaning", "meaning_of", "short"]

#: Kinds with words that a person may put before a name.
_KINDS = ("table", "column", "primary key", "unique", "foreign key", "check", "exclusion",
          "index", "trigger", "materialized view", "view", "enum", "domain", "composite type",
          "range type", "sequence", "function", "procedure", "policy", "rule", "schema",
          "extension", "constraint", "type")  # fmt: skip
_GROUPS = {
    "constraint": ("primary key", "unique", "foreign key", "check", "exclusion"),
    "type": ("enum", "domain", "composite type", "range type"),
}
_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^."`\[]+))\s*(?:\.|\Z)')

#: Schemas that nobody writes.
_DEFAULT = frozenset({None, "public"})

#: So many things are listed where a name means several, or nothing.
_MOST = 8


@dataclass(frozen=True)
class Meaning:
    """What a name means: one thing, or one after another under one name.

    ``others`` bore the name once and have another now.
    """

    lives: tuple[Life, ...]
    others: tuple[Life, ...] = ()


def meaning_of(lives: Lives, name: str, kind: str | None = None) -> Meaning:
    """The lives that are meant by a name, which may be one that is not borne any more.

    ``kind`` is a kind of a catalog, ``"constraint"`` or ``"type"``; it may also stand before the
    name: ``"index ix_x"``. Case counts only where it tells things apart. Raises WorkbenchError for
    a name that means nothing, or several things.
    """
    wanted, rest = _kind_before(name, kind)
    everything: list[Life] = list(lives.every)
    found = _matching(everything, _parts(rest), wanted)
    if not found:
        everything += _untouched(lives)
        found = _matching(everything, _parts(rest), wanted)
    if not found and kind is None:
        rest = name  # a table can be called "index x"
        found = _matching(everything, _parts(rest), None)
    if not found:
        raise WorkbenchError(_unknown(lives, everything, name, rest))
    now = [life for life in found if _bears(life, _parts(rest))]
    chosen = now or found
    if len(things := _things(chosen)) > 1:
        raise WorkbenchError(_several(name, things))
    others = [life for life in found if life not in chosen]
    return Meaning(tuple(sorted(chosen, key=lambda life: life.born or 0)), tuple(others))


def _kind_before(name: str, kind: str | None) -> tuple[str | None, str]:
    if kind is not None:
        return _known_kind(kind), name
    folded = " ".join(name.split())
    for each in _KINDS:
        if folded.casefold().startswith(each + " "):
            return each, folded[len(each) + 1 :]
    return None, name


def _known_kind(kind: str) -> str:
    folded = " ".join(kind.replace("-", " ").casefold().split())
    if folded not in _KINDS:
        raise WorkbenchError(f"{kind!r} is no kind of thing. Kinds are: {', '.join(_KINDS)}.")
    return folded


def _parts(name: str) -> list[str]:
    """``a.b."c.d"`` as its names."""
    parts, place = [], 0
    while place < len(name) and (found := _PART.match(name, place)) is not None:
        parts.append(next(group for group in found.groups() if group).replace('""', '"').strip())
        place = found.end()
    return parts if place >= len(name) and parts else [name.strip()]


# -- what fits ------------------------------------------------------------------------------------


def _matching(every: Iterable[Life], parts: Sequence[str], kind: str | None) -> list[Life]:
    """The lives with this name at any time: those with its very letters, else in any case."""
    kinds = None if kind is None else _GROUPS.get(kind, (kind,))
    listed = [life for life in every if kinds is None or life.kind in kinds]
    for folds in (False, True):
        found = [life for life in listed if any(_names(each, parts, folds) for each in life.names)]
        if len(parts) == 1 and kind is None:
            # A bare name is a table's, or an index's, before it is one of many tables' columns.
            found = [life for life in found if life.kind != "column"] or found
            found = [life for life in found if life.kind in TABLES] or found
        if found:
            return found
    return []


def _names(identity: Identity, parts: Sequence[str], folds: bool) -> bool:
    full = [identity.schema_name, identity.table, identity.name]
    said = [part for part in full if part is not None]
    options = [said, said[1:]] if identity.schema_name is not None else [said]
    if identity.table is not None:
        options.append([identity.name])
        if identity.kind in {"index", "trigger", "sequence"} and identity.schema_name is not None:
            options.append([identity.schema_name, identity.name])
    # As it is shown, a name may itself hold dots and quotes.
    wanted, shown = ".".join(parts), [".".join(option) for option in options]
    if folds:
        return wanted.casefold() in [each.casefold() for each in shown]
    return wanted in shown


def _bears(life: Life, parts: Sequence[str]) -> bool:
    """Whether it has the name now, or had it at its end."""
    return _names(life.identity, parts, folds=True)


def _things(found: Sequence[Life]) -> list[Life]:
    """One life for each thing: lives of one kind, place and name that follow each other are one."""
    things: dict[tuple[object, ...], Life] = {}
    for life in found:
        identity = life.identity
        key = (identity.kind, identity.schema_name, identity.table, identity.name)
        if key not in things or life.is_alive:
            things[key] = life
    listed = list(things.values())
    return _without_shadows(listed)


def _without_shadows(found: list[Life]) -> list[Life]:
    """A unique constraint and the index that bears its name are one thing to a person."""
    constraints = {
        (life.identity.schema_name, life.identity.table, life.identity.name)
        for life in found
        if life.kind in _GROUPS["constraint"]
    }
    return [
        life
        for life in found
        if life.kind != "index"
        or (life.identity.schema_name, life.identity.table, life.identity.name) not in constraints
    ]


def _untouched(lives: Lives) -> Iterator[Life]:
    """What came along with a table and was never touched: known by the catalogs alone."""
    known = {identity for life in lives.every for identity in life.names}
    tables = {life.identity: life for life in lives.every if life.kind in TABLES}
    for number, revision in _last_seen(lives):
        catalog = (
            lives.timeline.after(revision) if number is None else lives.timeline.before(revision)
        )
        for identity in catalog:
            if identity in known:
                continue
            owner = _owner(tables, identity)
            if number is not None and (owner is None or owner.died != number):
                continue
            known.add(identity)
            yield _with(owner, identity)


def _owner(tables: Mapping[Identity, Life], identity: Identity) -> Life | None:
    if identity.table is None:
        return None
    names = (Identity(kind, identity.schema_name, None, identity.table) for kind in TABLES)
    return next((tables[name] for name in names if name in tables), None)


def _last_seen(lives: Lives) -> Iterator[tuple[int | None, str]]:
    """The end, and each step that dropped a table: its number, and the revision's id."""
    if lives.steps:
        yield None, lives.steps[-1].revision.id
    ends = {life.died for life in lives.every if life.kind in TABLES}
    for number in sorted(end for end in ends if end is not None):
        yield number, lives.steps[number].revision.id


def _with(owner: Life | None, identity: Identity) -> Life:
    """The life of what has only ever been a part of its table."""
    if owner is None:
        return Life(identity.kind, [identity], [0], None)
    events = [
        Event(event.step, event.difference, with_table=True)
        for event in owner.events
        if event.step in {owner.born, owner.died} and event.difference.kind in TABLES
    ]
    life = Life(identity.kind, [identity], [owner.born or 0], owner.born, owner.died, owner)
    life.events.extend(events)
    return life


# -- what does not --------------------------------------------------------------------------------


def _several(name: str, things: Sequence[Life]) -> str:
    listed = ", ".join(f"{life.kind} {life.label}{_end(life)}" for life in things[:_MOST])
    more = f" and {len(things) - _MOST} more" if len(things) > _MOST else ""
    first = things[0]
    ways = f"its kind in front ({first.kind} {first.label})"
    if len({life.label for life in things}) == len(things):
        ways = f"its whole name ({first.label})"
    return f"{name!r} means {len(things)} things: {listed}{more}. Say {ways}."


def _end(life: Life) -> str:
    return "" if life.is_alive else " (dropped)"


def _unknown(lives: Lives, every: Sequence[Life], name: str, rest: str) -> str:
    if not lives.steps:
        return f"There is no {name!r}: this project has no revisions yet."
    near = list(_near(every, rest))
    hint = f" Near it: {', '.join(near)}." if near else " See: schema biography --dropped"
    return f"No revision ever made {name!r}.{hint}"


def _near(every: Sequence[Life], name: str) -> Iterator[str]:
    """What is called nearly so, or was once, with what became of it."""
    labels: dict[str, str] = {}
    for life in every:
        for identity in life.names:
            said = short(identity)
            told = said if life.is_alive and identity == life.identity else f"{said}{_fate(life)}"
            for key in (said, identity.name):
                labels.setdefault(key.casefold(), told)
    wanted = name.casefold().strip()
    found = get_close_matches(wanted, labels, n=_MOST, cutoff=0.6)
    found += [key for key in labels if wanted and wanted in key and key not in found]
    yield from list(dict.fromkeys(labels[key] for key in found))[:_MOST]


def short(identity: Identity) -> str:
    """A label without PostgreSQL's default schema."""
    schema_name = None if identity.schema_name in _DEFAULT else identity.schema_name
    return identity._replace(schema_name=schema_name).label


def _fate(life: Life) -> str:
    return " (dropped)" if not life.is_alive else f" (now {short(life.identity)})"
