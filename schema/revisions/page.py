"""All that is known of one revision, as a value: what a notebook's cell and a widget show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.archaeology import Archaeology
from schema.display import Displayed
from schema.history import History, Revision
from schema.revisions.data import DataStatement, data_statements
from schema.revisions.edits import FileHistory, file_history
from schema.revisions.sql import RevisionSql

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RevisionPage", "read_page"]

_COLUMNS = ("direction", "change", "kind", "schema_name", "table", "name", "told_by", "line",
            "says")  # fmt: skip


@dataclass(frozen=True)
class RevisionPage(Displayed):
    """One revision with what is around it.

    ``children`` are the ids that follow it. ``standing`` is where a database stands (see
    History.standing), None when none could be asked. ``source`` is the text of its file now,
    ``file`` what became of that since it was added, ``data`` what the text does to data, ``sql``
    what it is in SQL, empty while nobody asked for it.
    """

    revision: Revision
    children: tuple[str, ...]
    messages: dict[str, str] = field(repr=False)
    standing: str | None
    source: str = field(repr=False)
    file: FileHistory = field(repr=False)
    data: tuple[DataStatement, ...] = field(repr=False)
    sql: tuple[RevisionSql, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        return f"<RevisionPage {self.revision.id} {self.revision.message!r}>"

    def frame(self) -> pd.DataFrame:
        """One row a change: what its text does to data.

        Columns: ``direction, change, kind, schema_name, table, name, told_by, line, says``.
        ``told_by`` is ``"text"`` for what was read and not run.
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=list(_COLUMNS))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for item in self.data:
            yield {
                "direction": item.direction,
                "change": item.change,
                "kind": "rows",
                "table": item.table,
                "told_by": "text",
                "line": item.line,
                "says": item.source,
            }

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            **self.revision.to_dict(),
            "children": list(self.children),
            "standing": self.standing,
            "prose": self.revision.prose,
            "file": self.file.to_dict(),
            "data": [item.to_dict() for item in self.data],
            "sql": [item.to_dict() for item in self.sql],
        }


def read_page(
    history: History,
    revision: Revision,
    *,
    archaeology: Archaeology,
    current: tuple[str, ...] | None = None,
) -> RevisionPage:
    """The page of a revision of a history, but for what takes long.

    The source is empty where the file is gone.
    ``current`` are the stamps of the database that its standing is told for.
    """
    source = _source(revision)
    children = tuple(item.id for item in history if revision.id in item.parents)
    around = {*children, *revision.parents}
    return RevisionPage(
        revision,
        children,
        {item.id: item.message for item in history if item.id in around},
        None if current is None else history.standing(current).get(revision.id),
        source,
        file_history(archaeology, revision, source),
        data_statements(source),
    )


def _source(revision: Revision) -> str:
    try:
        return revision.path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
