"""A made-up catalog of many tables as a grown business application has them, always the same.

Areas with names of their own, a few hubs that some thirty tables or more refer to, tables that join
two others, trees, composite keys, tables that refer to another one twice, logs that refer to
nothing, and columns that are named after a key without a foreign key.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from schema.catalog import Catalog, SchemaObject

__all__ = ["made_schema"]

_AREAS = {
    "sales": "order order_line quote quote_line discount channel territory target "
    "commission return return_line delivery_note",
    "billing": "invoice invoice_line payment refund credit_note dunning_run dunning_letter "
    "tax_rate price_list price account ledger_entry",
    "stock": "warehouse bin movement reservation count count_line supplier "
    "supplier_offer lot serial_number adjustment transfer",
    "hr": "employee department position contract absence absence_kind payslip "
    "training training_visit review skill employee_skill",
    "crm": "lead opportunity activity campaign campaign_member note mail call meeting "
    "meeting_guest segment segment_rule",
    "support": "ticket ticket_comment ticket_tag tag sla escalation article "
    "article_version attachment queue macro survey",
    "shop": "cart cart_line wish_list wish_list_line voucher banner page page_block "
    "redirect search search_term session",
    "logistics": "shipment parcel carrier carrier_rate route stop vehicle driver "
    "tracking_event customs_form pallet dock",
    "project": "project phase task task_link milestone budget budget_line time_sheet "
    "time_entry risk issue decision",
    "audit": "change change_detail login export import import_line policy policy_rule "
    "consent retention request answer",
}
_HUBS = ("users", "customers", "products", "currencies", "files", "companies")
_PLAIN = (
    ("name", "VARCHAR(200)", False),
    ("code", "VARCHAR(40)", False),
    ("description", "TEXT", True),
    ("state", "VARCHAR(20)", False),
    ("amount", "NUMERIC(12, 2)", True),
    ("quantity", "INTEGER", False),
    ("starts_on", "DATE", True),
    ("ends_on", "DATE", True),
    ("created_at", "TIMESTAMP", False),
    ("updated_at", "TIMESTAMP", True),
    ("is_active", "BOOLEAN", False),
    ("position", "INTEGER", True),
)


def made_schema(tables: int, dialect: str = "sqlite", seed: int = 7) -> Catalog:
    """The catalog; ``tables`` is their number, the hubs among them."""
    return Catalog(dialect, "3.45.0", _Maker(random.Random(seed), dialect).objects(tables))


class _Maker:
    def __init__(self, chance: random.Random, dialect: str) -> None:
        self.chance = chance
        self.schema_name = "public" if dialect == "postgresql" else None

    def objects(self, count: int) -> Iterator[SchemaObject]:
        hubs = list(_HUBS[: max(2, min(len(_HUBS), count // 8))])
        for name in hubs:
            yield from self.table(name, [])
        areas: dict[str, list[str]] = {}
        for number in range(count - len(hubs)):
            area, name = _name(number)
            before = areas.setdefault(area, [])
            targets = self.targets(before, hubs)
            joins = len(targets) == 2 and all(targets[1]) and self.chance.random() < 0.4
            yield from self.table(name, targets, joins=joins)
            before += [] if joins else [name]

    def targets(self, before: list[str], hubs: list[str]) -> list[tuple[str, str]]:
        """Whom a new table refers to: table and column. Most of them stand in its own area."""
        roll = self.chance.random()
        if roll < 0.07:
            return []
        found: list[tuple[str, str]] = []
        near = self.chance.sample(before, min(len(before), self.chance.choice((0, 1, 1, 1, 2))))
        found += [(name, f"{_singular(name)}_id") for name in near]
        if self.chance.random() < 0.55:
            hub = hubs[min(int(self.chance.expovariate(0.8)), len(hubs) - 1)]
            found.append((hub, f"{_singular(hub)}_id"))
            if hub == "users" and self.chance.random() < 0.3:
                found.append((hub, "approved_by"))
        if self.chance.random() < 0.06:
            found.append(("", "parent_id"))
        return found

    def table(
        self, name: str, targets: list[tuple[str, str]], *, joins: bool = False
    ) -> Iterator[SchemaObject]:
        """A table; one that joins two others has their keys for its own, and none refers to it."""
        yield self.object("table", None, name, {})
        names = [column for _, column in targets]
        keys = names if joins else ["id"]
        columns = [] if joins else [("id", "INTEGER", False)]
        columns += [
            (column, "INTEGER", not joins and self.chance.random() < 0.3) for column in names
        ]
        columns += sorted(self.chance.sample(_PLAIN, self.chance.randint(1, 8)), key=_PLAIN.index)
        for place, (column, kind, nullable) in enumerate(columns):
            yield self.object(
                "column", name, column,
                {"type": kind, "nullable": nullable, "default": None, "position": place + 1},
            )  # fmt: skip
        yield self.object("primary key", name, f"pk_{name}", {"columns": tuple(keys)})
        for target, column in targets:
            if self.chance.random() < 0.04:
                continue  # only its name tells
            yield self.object(
                "foreign key", name, f"fk_{name}_{column}",
                {"columns": (column,), "target": target or name, "target_columns": ("id",),
                 "on_delete": "NO ACTION", "on_update": "NO ACTION"},
            )  # fmt: skip
        if any(column == "code" for column, _, _ in columns):
            yield self.object("unique", name, f"uq_{name}_code", {"columns": ("code",)})

    def object(self, kind: str, table: str | None, name: str, found: dict) -> SchemaObject:
        return SchemaObject(kind, self.schema_name, table, name, found)


def _name(number: int) -> tuple[str, str]:
    """The area and the name of one of many tables; no two are alike."""
    areas = list(_AREAS)
    block, place = divmod(number, 12)
    area = areas[block % len(areas)]
    again = block // len(areas)
    prefix = f"{area}{again + 1}" if again else area
    return prefix, f"{prefix}_{_AREAS[area].split()[place]}"


def _singular(name: str) -> str:
    bare = name.split("_", 1)[-1] if "_" in name else name
    return bare[:-3] + "y" if bare.endswith("ies") else bare.removesuffix("s")
