"""One MariaDB table altered: all its changes in one statement, so that it is written anew once.

Foreign keys go before and come after, each by itself. What cannot stand in one statement with the
rest has its own: a period, the division into parts, the keeping of versions.
Source: https://mariadb.com/kb/en/alter-table/
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import Identity, SchemaObject
from schema.ddl.mariadb_losses import charset_loss, loss, risk
from schema.ddl.mariadb_partitions import partitioning
from schema.ddl.mariadb_tables import (
    Table,
    check,
    key,
    key_columns,
    period_of,
    row_format,
    system_period,
)
from schema.ddl.mariadb_text import literal
from schema.ddl.statement import Statement
from schema.ddl.unlike import unlike

__all__ = ["Alteration"]

#: Options that go back by naming their default; the others do so by being 0.
_HAVE_DEFAULT = ("stats_", "pack_keys", "`")


def _unlike(before: SchemaObject, after: SchemaObject) -> frozenset[str]:
    """The properties of a table that differ; not the row format, where nobody chose one."""
    found = unlike(before, after)
    return found if row_format(before) or row_format(after) else found - {"row_format"}


class Alteration:
    """What leads from one form of a table to another, but for its foreign keys."""

    def __init__(self, before: Table, after: Table) -> None:
        self.before = before
        self.after = after
        self._of_table = _unlike(before.item, after.item)
        self._anew = [name for name in self._common() if self._must_be_anew(name)]
        modified = {name for name in self._common() if self._is_modified(name)}
        self.modified = modified.difference(self._anew)
        self._clauses: list[str] = []
        self._about: dict[Identity, None] = {}
        self._reasons: dict[str, None] = {}
        self._loses = False

    @property
    def changed_columns(self) -> set[str]:
        """Columns on which a foreign key stands in the way."""
        gone = self.before.columns.keys() - self.after.columns.keys()
        return self.modified.union(self._anew, gone)

    def statements(self) -> Iterator[Statement]:
        """The statements, in order."""
        yield from self._before()
        self._columns_and_keys()
        self._versions()
        self._table_options()
        if self._clauses:
            inside = ",\n".join(f"  {each}" for each in self._clauses)
            yield self._statement(inside)
        yield from self._behind()

    def _statement(self, inside: str) -> Statement:
        return Statement(
            f"ALTER TABLE {quoted(self.after.name)}\n{inside}",
            tuple(self._about),
            is_destructive=self._loses,
            why=" ".join(self._reasons) or None,
            in_transaction=False,
        )

    def _add(self, clause: str, about: SchemaObject, why: str | None = None) -> None:
        self._clauses.append(clause)
        self._about[about.identity] = None
        if why:
            self._reasons[why] = None

    # -- columns ----------------------------------------------------------------------------------

    def _common(self) -> list[str]:
        return [name for name in self.after.columns if name in self.before.columns]

    def _must_be_anew(self, name: str) -> bool:
        """What is computed becomes stored, or no more, only by a new column."""
        old, new = (
            str(each.columns[name].properties.get("generated") or "") for each in self._sides()
        )
        kinds = [each.partition(": ")[0] for each in (old, new)]
        return kinds[0] != kinds[1] or (old != new and kinds[0] == "stored")

    def _sides(self) -> tuple[Table, Table]:
        return self.before, self.after

    def _is_modified(self, name: str) -> bool:
        old, new = (side.columns[name] for side in self._sides())
        if unlike(old, new) - {"collation"} or self._collations(name):
            return True
        inline = [side.inline_check(name) for side in self._sides()]
        said = [each.properties["expression"] if each else None for each in inline]
        return said[0] != said[1]

    def _collations(self, name: str) -> tuple[str | None, str | None] | None:
        """The collation of a text before and after, where they differ."""
        old, new = (side.collation_of(side.columns[name]) for side in self._sides())
        is_text = old is not None and new is not None
        return (old, new) if is_text and old != new else None

    def _columns_and_keys(self) -> None:
        before, after = self._sides()
        for item in before.outer_checks():
            new = after.checks.get(item.name)
            if new is None or after.inline_check(item.name) or unlike(item, new):
                self._add(f"DROP CONSTRAINT {quoted(item.name)}", item)
        self._drop_keys()
        for name, item in before.columns.items():
            if name not in after.columns:
                self._lose_column(name, item)
        for name in self._anew:
            self._remake(name)
        for name, item in after.columns.items():
            if name not in before.columns:
                why = self._fills(item)
                self._add(f"ADD COLUMN {after.definition(name)}{self._place(name)}", item, why)
            elif name in self.modified:
                self._modify(name)
        if after.item.properties.get("period") and "period" in self._of_table:
            self._add(f"ADD {period_of(str(after.item.properties['period']))}", after.item)
        self._add_keys()
        for item in after.outer_checks():
            old = before.checks.get(item.name)
            if old is None or before.inline_check(item.name) or unlike(old, item):
                self._add(f"ADD {check(item)}", item, risk(item))

    def _lose_column(self, name: str, item: SchemaObject) -> None:
        lost = None if item.properties.get("generated") else f"The values of {name} are lost."
        self._loses |= lost is not None
        self._add(f"DROP COLUMN {quoted(name)}", item, lost)

    def _remake(self, name: str) -> None:
        self._lose_column(name, self.before.columns[name])
        item = self.after.columns[name]
        self._add(f"ADD COLUMN {self.after.definition(name)}{self._place(name)}", item)

    def _modify(self, name: str) -> None:
        old, new = (side.columns[name] for side in self._sides())
        collations = self._collations(name)
        lost = loss(old, new) or (charset_loss(*collations) if collations else None)
        self._loses |= lost is not None
        definition = self.after.definition(name, collation="collation" in self._of_table)
        self._add(f"MODIFY COLUMN {definition}", new, lost)
        if old.properties["nullable"] and not new.properties["nullable"]:
            self._reasons[f"Fails where {name} is NULL."] = None

    def _fills(self, item: SchemaObject) -> str | None:
        found = item.properties
        if found["nullable"] or found.get("default") is not None or found.get("generated"):
            return None
        if found.get("auto_increment"):
            return None
        return f"Rows that are there get an empty value (0, '') in {item.name}."

    def _place(self, name: str) -> str:
        """Where a new column goes, if not to the end."""
        order = list(self.after.columns)
        place = order.index(name)
        if not any(each in self.before.columns for each in order[place + 1 :]):
            return ""
        return f" AFTER {quoted(order[place - 1])}" if place else " FIRST"

    # -- keys -------------------------------------------------------------------------------------

    def _is_same_key(self, which: tuple[str, str]) -> bool:
        old, new = (side.keys.get(which) for side in self._sides())
        if old is None or new is None or unlike(old, new):
            return False
        return not any(name in self._anew for name in key_columns(new))

    def _drop_keys(self) -> None:
        for which, item in self.before.keys.items():
            stays = self._is_same_key(which) or self._is_only_ignored(which)
            if not stays and not self._goes_first(item):
                self._add(_dropped(item), item)

    def _add_keys(self) -> None:
        for which, item in self.after.keys.items():
            if self._is_only_ignored(which):
                no = "" if item.properties.get("ignored") else "NOT "
                self._add(f"ALTER INDEX {quoted(item.name)} {no}IGNORED", item)
            elif not self._is_same_key(which):
                self._add(f"ADD {key(item)}", item, risk(item))

    def _is_only_ignored(self, which: tuple[str, str]) -> bool:
        """An index that is dropped and added as it was stays ignored, or used, as it was."""
        old, new = (side.keys.get(which) for side in self._sides())
        return old is not None and new is not None and unlike(old, new) == {"ignored"}

    def _goes_first(self, item: SchemaObject) -> bool:
        """MariaDB takes a key without overlaps for the same as one on the period's ends."""
        new = self.after.keys.get((item.kind, item.name))
        if new is None:
            return bool(item.properties.get("without_overlaps"))
        return "without_overlaps" in unlike(item, new)

    def _versions(self) -> None:
        """The columns of a version's time come and go along with the keeping of versions."""
        old, new = (side.item.properties.get("system_versioned") for side in self._sides())
        if old and not new:
            lost = "The rows of former versions are lost."
            self._add("DROP SYSTEM VERSIONING", self.after.item, lost)
            self._loses = True
        if old or not new:
            return
        period = system_period(self.after)
        if period:
            self._add(f"ADD {period}", self.after.item)
        self._add("ADD SYSTEM VERSIONING", self.after.item, "It writes the table anew.")

    # -- the table --------------------------------------------------------------------------------

    def _table_options(self) -> None:
        names = self._of_table
        item = self.after.item
        found = item.properties
        if "engine" in names:
            self._add(f"ENGINE={found['engine']}", item, "It writes the table anew.")
        if names & {"charset", "collation"}:
            self._add(
                f"DEFAULT CHARACTER SET {found['charset']} COLLATE {found['collation']}", item
            )
        if "row_format" in names:
            self._add(f"ROW_FORMAT={row_format(item) or 'DEFAULT'}", item)
        if "options" in names:
            for each in self._options():
                self._add(each, item)
        if "comment" in names:
            self._add(f"COMMENT={literal(str(found.get('comment') or ''))}", item)

    def _options(self) -> Iterator[str]:
        """Options as they are now; what is given no more goes back to its default."""
        old, new = (
            dict(str(each).partition("=")[::2] for each in _tuple(side.item, "options"))
            for side in self._sides()
        )
        yield from (f"{name}={value}" for name, value in new.items() if old.get(name) != value)
        for name in sorted(old.keys() - new.keys()):
            yield f"{name}={'DEFAULT' if name.startswith(_HAVE_DEFAULT) else 0}"

    def _alone(self, text: str, why: str | None = None) -> Statement:
        return Statement(
            f"ALTER TABLE {quoted(self.after.name)} {text}",
            (self.after.item.identity,),
            why=why,
            in_transaction=False,
        )

    def _before(self) -> Iterator[Statement]:
        """What is given up before the columns change."""
        old, new = (side.item.properties for side in self._sides())
        for item in self.before.keys.values():
            if self._goes_first(item):
                yield Statement(f"ALTER TABLE {quoted(self.after.name)} {_dropped(item)}",
                                (item.identity,), in_transaction=False)  # fmt: skip
        if old.get("period") and "period" in self._of_table:
            name = str(old["period"]).partition(" (")[0]
            yield self._alone(f"DROP PERIOD FOR {quoted(name)}")
        if self._is_divided_otherwise() and not new.get("partition_key"):
            yield self._alone("REMOVE PARTITIONING", "It writes the table anew.")

    def _behind(self) -> Iterator[Statement]:
        """What needs the columns as they are now."""
        new = self.after.item.properties
        if self._is_divided_otherwise() and new.get("partition_key"):
            yield self._alone(
                f"\n{partitioning(self.after.item)}",
                "It writes the table anew, and fails where a row belongs to no part.",
            )

    def _is_divided_otherwise(self) -> bool:
        return bool(self._of_table & {"partition_key", "partitions"})


def _dropped(item: SchemaObject) -> str:
    name = "PRIMARY" if item.kind == "primary key" else item.name
    return f"DROP KEY {quoted(name)}"


def _tuple(item: SchemaObject, name: str) -> tuple[object, ...]:
    found = item.properties.get(name)
    return found if isinstance(found, tuple) else ()
