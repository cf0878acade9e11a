"""Catalogs as SQL: what makes a database equal to one, and what turns one into another.

The statements are put together from a catalog's properties, for a server of the catalog's kind;
nothing is run here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from schema.catalog.objects import Catalog
from schema.compare import Difference
from schema.ddl.statement import Migration, Statement
from schema.errors import WorkbenchError

__all__ = ["Migration", "Statement", "create", "migrate"]

_DIALECTS = frozenset({"mariadb", "postgresql", "sqlite"})


def create(catalog: Catalog) -> list[str]:
    """The statements that make an empty database equal to the catalog, in the order to run them.

    Raises WorkbenchError for a dialect whose SQL is not written here.
    """
    statements: list[str] = _module(catalog.dialect).create(catalog)
    return statements


def migrate(found: Catalog, wanted: Catalog, differences: Sequence[Difference]) -> Migration:
    """The statements that give the objects of ``differences`` the form that ``wanted`` has.

    ``differences`` are those of ``compare(wanted, found)`` or some of them: the left side of each
    is the wanted one, so an object that was "added" is dropped here, one "removed" is created.
    What cannot be said in SQL is in the second list, with the reason. Raises WorkbenchError for a
    dialect whose SQL is not written here.
    """
    migration: Migration = _module(found.dialect).migrate(found, wanted, differences)
    return migration


def _module(dialect: str) -> ModuleType:
    if dialect not in _DIALECTS:
        raise WorkbenchError(
            f"SQL for {dialect} is not written yet; the workbench writes it for sqlite and "
            "postgresql."
        )
    return import_module(f"schema.ddl.{dialect}")
