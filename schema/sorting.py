"""Which differences are drift, which are only form, and which are nobody's business here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schema.catalog import Catalog, Property, SchemaObject
from schema.compare import Difference, Differences

__all__ = ["Sorted", "models_can_say", "of_models", "sort_out", "weight"]

#: Kinds that an administrator keeps, unless the migrations or the models make some.
_ADMINISTRATORS = frozenset(
    {"privilege", "default privilege", "publication", "subscription", "user mapping"}
)

#: Kinds that SQLAlchemy models can make. All others are judged against the migrations alone.
_OF_MODELS = frozenset(
    {
        "table",
        "column",
        "primary key",
        "unique",
        "foreign key",
        "check",
        "exclusion",
        "index",
        "sequence",
        "enum",
        "domain",
    }
)

#: Properties that only SQL sets: models cannot say them.
_BEYOND_MODELS = frozenset(
    {
        "owner",
        "row_security",
        "force_row_security",
        "replica_identity",
        "storage",
        "compression",
        "statistics_target",
        "validated",
        "enabled",
    }
)


@dataclass
class Sorted:
    """Differences by what they mean: ``real`` is drift."""

    real: list[Difference] = field(default_factory=list)
    cosmetic: list[Difference] = field(default_factory=list)
    unmanaged: list[Difference] = field(default_factory=list)


def sort_out(found: Iterable[Difference], made: Sequence[Catalog]) -> Sorted:
    """Sort differences; ``made`` are the catalogs that migrations and models make.

    A kind of the administrator's that none of those holds is unmanaged, and so are owners where
    none of those sets one. A difference that is partly in its owner is parted.
    """
    found = list(found)
    absent = _ADMINISTRATORS & {item.kind for item in found}
    if absent:  # tens of thousands of objects are not gone through for nothing
        absent -= {identity.kind for catalog in made for identity in catalog}
    owned = any("owner" in item.properties for item in found) and any(
        _is_set(item, "owner") for catalog in made for item in catalog.values()
    )
    result = Sorted()
    for item in found:
        if item.is_cosmetic:
            result.cosmetic.append(_of_versions(item))
        elif item.kind in absent:
            result.unmanaged.append(item)
        elif item.change == "changed" and "owner" in item.properties and not owned:
            owner, rest = _parted(item.properties, "owner")
            result.unmanaged.append(replace(item, properties=owner))
            if rest:
                result.real.append(replace(item, properties=rest))
        else:
            result.real.append(item)
    return result


def weight(differences: Iterable[Difference], left: Catalog, right: Catalog) -> int:
    """How far apart two catalogs are, in objects: a table counts with all that belongs to it.

    As a number of differences, a database with all its tables would be far from a revision that
    has them a little otherwise, and near to base, where each is just one difference.
    """
    tables = {"added": right, "removed": left}
    whole: dict[str, Counter[tuple[str | None, str | None]]] = {}
    total = 0
    for item in differences:
        total += 1
        if item.kind == "table" and item.change in tables:
            if item.change not in whole:
                whole[item.change] = Counter((i.schema_name, i.table) for i in tables[item.change])
            total += whole[item.change][item.schema_name, item.name]
    return total


def models_can_say(kind: str, models: Catalog) -> bool:
    """Whether models can make such objects, or this project's do (by an event that runs DDL)."""
    return kind in _of_models(models)


def of_models(differences: Differences, models: Catalog) -> Differences:
    """Of head against the models: what the models could have said.

    Properties that only SQL sets are taken out.
    """
    kept = []
    kinds = _of_models(models)
    for item in differences:
        if item.kind not in kinds or item.is_cosmetic:
            continue
        said = {n: pair for n, pair in item.properties.items() if n not in _BEYOND_MODELS}
        if item.change != "changed":
            kept.append(item)
        elif said:
            kept.append(replace(item, properties=said))
    return Differences(kept)


def _of_models(models: Catalog) -> frozenset[str]:
    # A SQLite file's settings are in every catalog, whether anybody chose them or not; and the
    # schemas that models name are made for them, as create_all() makes none.
    return _OF_MODELS | {identity.kind for identity in models} - {"database", "schema"}


def _of_versions(item: Difference) -> Difference:
    """With its cause, where the comparison itself saw that only the versions differ."""
    words = next((words for words in item.evidence if words.startswith("as PostgreSQL")), None)
    return item if words is None else replace(item, cause="noise", explanation=words)


def _is_set(item: SchemaObject, name: str) -> bool:
    return item.properties.get(name) is not None


_Pairs = Mapping[str, tuple[Property, Property]]


def _parted(properties: _Pairs, name: str) -> tuple[_Pairs, _Pairs]:
    one = {key: pair for key, pair in properties.items() if key == name}
    return one, {key: pair for key, pair in properties.items() if key != name}
