"""A live database's schema on a scratch database: rebuilt from its catalog, without its rows.

Live is neither locked nor copied for it. A rebuilt schema that is not quite live's says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import URL

from schema import ddl, scratch
from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, Differences, compare
from schema.rebuilding.roles import make_roles
from schema.rebuilding.running import build
from schema.scratch import ScratchDatabase
from schema.wording import counted

__all__ = ["Rebuilt", "named", "rebuilt"]

#: How many objects a note names before it only counts them.
_NAMED = 5


@dataclass(frozen=True)
class Rebuilt:
    """A scratch database with the schema of a catalog, as far as it could be rebuilt.

    ``catalog`` is what was read back; ``unlike`` how it differs from what it was built from, and
    ``errors`` what the server said to the statements that failed.
    """

    scratch: ScratchDatabase
    catalog: Catalog
    unlike: Differences
    errors: tuple[str, ...]

    @property
    def note(self) -> str | None:
        """What is not as on live, in words; None when all is."""
        # On MariaDB rights belong to the accounts of the server, which no scratch database touches.
        on_server = self.catalog.dialect == "mariadb"
        told = [each for each in self.unlike if not (on_server and each.kind == "privilege")]
        if not told:
            return None
        because = f" ({self.errors[0]})" if self.errors else ""
        return f"not rebuilt as on live: {named(told)}{because}"


@contextmanager
def rebuilt(live: Catalog, server: URL | None, *, label: str = "repair") -> Iterator[Rebuilt]:
    """A scratch database with live's schema and no rows; dropped at the end.

    ``server`` is where it is made if that server allows; None means the embedded one, or a file.
    """
    with scratch.create(live.dialect, server=server, label=label) as database:
        make_roles(database, live, server)
        errors = build(database, ddl.create(live))
        catalog = read_catalog(database.url)
        yield Rebuilt(database, catalog, compare(live, catalog), tuple(errors))


def named(differences: Sequence[Difference]) -> str:
    """``table users, column users.key and 2 more objects``, at most a line long."""
    names = [f"{item.kind} {item.label}" for item in differences[:_NAMED]]
    if len(differences) > _NAMED:
        names.append(f"{counted(len(differences) - _NAMED, 'more object')}")
    return ", ".join(names)
