"""What a batch recreate of a SQLite table lost without a word.

Alembic's batch mode makes a new table, copies the rows, drops the old one and renames the new. It
makes again what SQLAlchemy can reflect; the rest is gone, and nothing says so:
https://alembic.sqlalchemy.org/en/latest/batch.html.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from schema.compare import Difference, Differences

__all__ = ["SilentLoss", "Sql", "recreated_tables", "silent_losses"]

_NAME = r'(?:"(?:[^"]|"")+"|\[[^\]]+\]|`[^`]+`|[\w$]+)'
_COPY = re.compile(rf"\s*CREATE\s+TABLE\s+(?:{_NAME}\s*\.\s*)?({_NAME})", re.I)
_RENAME = re.compile(
    rf"\s*ALTER\s+TABLE\s+(?:{_NAME}\s*\.\s*)?({_NAME})\s+RENAME\s+TO\s+({_NAME})", re.I
)
_DROP = re.compile(
    rf"\s*DROP\s+(TRIGGER|INDEX)\s+(?:IF\s+EXISTS\s+)?(?:{_NAME}\s*\.\s*)?({_NAME})", re.I
)
_BATCH_COPY = "_alembic_tmp_"
#: Where SQLAlchemy looks for the indexes of a table.
_LOOK = re.compile(rf"\s*PRAGMA\s+(?:{_NAME}\s*\.\s*)?index_list\s*\(\s*({_NAME})", re.I)


class Sql(Protocol):
    """Anything that ran as SQL: a step's statement."""

    @property
    def sql(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SilentLoss:
    """A part of the schema that a batch recreate dropped although nobody asked for that.

    ``kind`` is ``"trigger"``, ``"expression index"``, ``"index"``, ``"descending index"``,
    ``"autoincrement"``, ``"collation"``, ``"check"``, ``"strict"``, ``"without rowid"``,
    ``"on conflict"``, ``"on delete"`` or ``"on update"``. ``name`` is what was lost, or what lost
    it.
    """

    kind: str
    table: str
    name: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def silent_losses(
    differences: Differences, statements: Iterable[Sql], dialect: str
) -> tuple[SilentLoss, ...]:
    """What a step lost in silence, by the differences of its catalogs and its statements.

    Only SQLite's tables are made anew; for other kinds of database there is nothing to tell. What a
    statement of the step drops by name was asked for, and so was what hangs on a dropped column;
    and what batch mode does know of, as it makes that again unless it was told to drop it.
    """
    if dialect != "sqlite":
        return ()
    ran = list(statements)
    tables = {_fold(name) for name in recreated_tables(ran)}
    dropped = {_fold(_bare(found[2])) for each in ran if (found := _DROP.match(each.sql))}
    seen = {_fold(_bare(found[1])) for each in ran if (found := _LOOK.match(each.sql))}
    losses: list[SilentLoss] = []
    for item in differences:
        owner = item.name if item.kind == "table" else item.table
        if owner is None or _fold(owner) not in tables or _fold(item.name) in dropped:
            continue
        gone = [
            each.name
            for each in differences
            if (each.kind, each.change, each.table) == ("column", "removed", owner)
        ]
        losses += _of(item, owner, gone, is_reflected=_fold(owner) in seen)
    return tuple(losses)


def recreated_tables(statements: Iterable[Sql]) -> tuple[str, ...]:
    """The tables that a batch recreate made anew, by the names that they have afterwards."""
    copies: set[str] = set()
    found: dict[str, None] = {}
    for statement in statements:
        if made := _COPY.match(statement.sql):
            name = _bare(made[1])
            if name.startswith(_BATCH_COPY):
                copies.add(name)
        elif (renamed := _RENAME.match(statement.sql)) and _bare(renamed[1]) in copies:
            found[_bare(renamed[2])] = None
    return tuple(found)


def _of(
    item: Difference, table: str, gone: Collection[str], *, is_reflected: bool
) -> Iterator[SilentLoss]:
    """What a difference of a table that was made anew says was lost."""
    if item.change == "removed":
        yield from _removed(item, table, gone, is_reflected=is_reflected)
        return
    for name, (old, new) in item.properties.items():
        if item.kind == "table" and old and not new and name in _OF_TABLE:
            told = f"{_OF_TABLE[name]} of {table} lost"
            yield _loss(name.replace("_", " "), table, table, told, _OF_TABLE[name])
        elif name == "collation" and old and not new:
            told = f"COLLATE {old} of {item.kind} {item.name} lost"
            yield _loss("collation", table, item.name, told, "collations")
        elif name in _OF_KEY and not _has_name(item) and old not in _NOTHING and new in _NOTHING:
            # Those of a key with a name are reflected.
            told = f"{_OF_KEY[name]} {old} of {item.kind} {item.name} lost"
            yield _loss(name.replace("_", " "), table, item.name, told, "the actions of such keys")
        elif name == "on_conflict" and old and not new:
            told = f"ON CONFLICT {old} of {item.kind} {item.name} lost"
            yield _loss("on conflict", table, item.name, told, "ON CONFLICT")
        elif name in {"columns", "descending"} and _has_descending(old, new):
            told = f"DESC of {item.kind} {item.name} lost"
            yield _loss("descending index", table, item.name, told, "descending columns")


_OF_KEY = {"on_delete": "ON DELETE", "on_update": "ON UPDATE"}
#: What a foreign key does where nothing was said.
_NOTHING = (None, "NO ACTION")
_OF_TABLE = {"autoincrement": "AUTOINCREMENT", "strict": "STRICT", "without_rowid": "WITHOUT ROWID"}


def _has_name(item: Difference) -> bool:
    """Whether a constraint has a name of its own, which a catalog shows instead of its columns."""
    return not item.name.startswith(f"{item.kind} (")


def _removed(
    item: Difference, table: str, gone: Collection[str], *, is_reflected: bool
) -> Iterator[SilentLoss]:
    text = " ".join(str(pair[0]) for pair in item.properties.values())
    if item.kind == "trigger":
        yield _loss("trigger", table, item.name, f"trigger {item.name} lost", "triggers")
    elif any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I) for name in gone):
        return  # it went with its column
    elif item.kind == "index":
        if not _is_plain(item):
            told = f"expression index {item.name} lost"
            yield _loss("expression index", table, item.name, told, "indexes on expressions")
        elif not is_reflected:
            told = f"index {item.name} lost"
            yield _loss("index", table, item.name, told, "what the table that it was given lacks")
    elif item.kind == "check" and not _has_name(item):
        told = f"{item.name} without a name lost"
        yield _loss("check", table, item.name, told, "CHECK constraints without a name")


def _is_plain(index: Difference) -> bool:
    """Whether an index that is gone was on columns alone."""
    columns = index.properties.get("columns", (None, None))[0]
    names = [str(each).removesuffix(" DESC") for each in columns or ()]  # type: ignore[union-attr]
    return bool(names) and all(re.fullmatch(_NAME, name) for name in names)


def _loss(kind: str, table: str, name: str, told: str, unknown: str) -> SilentLoss:
    reason = f"the table {table} was recreated, and batch mode does not know of {unknown}"
    return SilentLoss(kind, table, name, f"{told}: {reason}.")


def _has_descending(old: object, new: object) -> bool:
    """Whether a column was ``n DESC`` and is ``n``, or stands among the descending no more."""
    if not (isinstance(old, tuple) and isinstance(new, tuple | None)):
        return False
    olds, news = [str(each) for each in old], [str(each) for each in new or ()]
    if any(each.endswith(" DESC") for each in olds):
        return [each.removesuffix(" DESC") for each in olds] == news
    return False


def _bare(name: str) -> str:
    """A name without its quotes."""
    if name[0] in '"[`':
        return name[1:-1].replace('""', '"')
    return name


def _fold(name: str) -> str:
    return name.casefold()
