"""All that is known of one revision, as a value: what a notebook's cell and a widget show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schema.archaeology import Archaeology
from schema.diagram import Diagram, diagram_between
from schema.display import Displayed
from schema.errors import WorkbenchError
from schema.history import History, Revision, read_current, read_history
from schema.oddities import Oddities, Oddity
from schema.project import Project
from schema.python_text import text_of_file
from schema.revisions.data import DataStatement, data_statements
from schema.revisions.edits import FileHistory, file_history
from schema.revisions.sql import RevisionSql, read_sql
from schema.timeline import Step, Timeline, read_timeline

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import URL

__all__ = ["RevisionPage", "read_page", "read_revision", "revision_picture"]

_COLUMNS = ("direction", "change", "kind", "schema_name", "table", "name", "told_by", "line",
            "says")  # fmt: skip


@dataclass(frozen=True)
class RevisionPage(Displayed):
    """One revision with what is around it.

    ``children`` are the ids that follow it. ``standing`` is where a database stands (see
    History.standing), None when none could be asked. ``source`` is the text of its file now,
    ``file`` what became of that since it was added, ``data`` what the text does to data, ``sql``
    what it is in SQL, empty while nobody asked for it.

    ``step`` is what it did to the schema when it was replayed on a scratch database of the kind
    ``dialect``; None while that is not known, and ``trouble`` may say why.
    """

    revision: Revision
    children: tuple[str, ...]
    messages: dict[str, str] = field(repr=False)
    standing: str | None
    source: str = field(repr=False)
    file: FileHistory = field(repr=False)
    data: tuple[DataStatement, ...] = field(repr=False)
    sql: tuple[RevisionSql, ...] = field(default=(), repr=False)
    step: Step | None = field(default=None, repr=False)
    dialect: str | None = None
    trouble: str = ""
    picture: Diagram | None = field(default=None, repr=False)
    oddities: tuple[Oddity, ...] = ()

    def __repr__(self) -> str:
        return f"<RevisionPage {self.revision.id} {self.revision.message!r}>"

    def frame(self) -> pd.DataFrame:
        """One row a change: what it did to the schema, and what its text does to data.

        Columns: ``direction, change, kind, schema_name, table, name, told_by, line, says``.
        ``told_by`` is ``"replay"`` for what was seen to happen, ``"text"`` for what was only read;
        then ``line`` says where it stands.
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=list(_COLUMNS))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for change in self.step.differences if self.step else ():
            yield {
                "direction": "up",
                "change": change.change,
                "kind": change.kind,
                "schema_name": change.schema_name,
                "table": change.table,
                "name": change.name,
                "told_by": "replay",
                "says": change.describe(),
            }
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
            "schema": None if self.step is None else self._schema(self.step),
            "oddities": [item.to_dict() for item in self.oddities],
            "data": [item.to_dict() for item in self.data],
            "sql": [item.to_dict() for item in self.sql],
        }

    def _schema(self, step: Step) -> dict[str, Any]:
        return {
            "dialect": self.dialect,
            "failure": step.failure,
            "without": list(step.without),
            "tables": list(step.tables),
            "differences": step.differences.to_list(),
        }


def read_revision(
    project: Project, identifier: str, *, dialect: str | None = None, url: URL | None = None
) -> RevisionPage:
    """All that is known of one revision of a project; ``dialect`` as for ``read_timeline``.

    The standing is that of the live database, by default the project's own, where it can be read.
    What cannot be replayed has no ``step``. Raises RevisionError when ``identifier`` means none.
    """
    history = read_history(project)
    revision = history.get(identifier)
    timeline, trouble = None, ""
    try:
        timeline = read_timeline(project, dialect=dialect, history=history)
    except WorkbenchError as error:
        trouble = str(error)
    page = read_page(
        history,
        revision,
        archaeology=Archaeology(project),
        current=_current(project, url),
        timeline=timeline,
        trouble=trouble,
    )
    picture = None if timeline is None else revision_picture(timeline, revision.id)
    return replace(page, sql=read_sql(project, revision.id), picture=picture)


def revision_picture(timeline: Timeline, identifier: str) -> Diagram:
    """The tables that a revision touched and those next to them, coloured by what it changed.

    Without tables when it touched none.
    """
    step = timeline.step(identifier)
    before, after = timeline.before(step.id), timeline.after(step.id)
    title = f"What {step.id} changed"
    return diagram_between(before, after, title=title, differences=step.differences)


def _current(project: Project, url: URL | None) -> tuple[str, ...] | None:
    try:
        return read_current(project, url)
    except WorkbenchError:
        return None


def read_page(
    history: History,
    revision: Revision,
    *,
    archaeology: Archaeology,
    current: tuple[str, ...] | None = None,
    timeline: Timeline | None = None,
    trouble: str = "",
    oddities: Oddities | None = None,
) -> RevisionPage:
    """The page of a revision of a history, but for what takes long.

    The source is empty where the file is gone.
    ``current`` are the stamps of the database that its standing is told for. Without a timeline
    what it did to the schema is not known, for the reason in ``trouble``.
    """
    source = text_of_file(revision.path)
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
        step=None if timeline is None else timeline.step(revision.id),
        dialect=None if timeline is None else timeline.dialect,
        trouble=trouble,
        oddities=() if oddities is None else oddities.of(revision.id),
    )
