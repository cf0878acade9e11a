"""A table on a page: what it is for, what it holds, how it hangs together with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from schema.render.biography import biography_body
from schema.render.history import problems_html
from schema.render.prose import inline, prose
from schema.render.table_relations import relations_section
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.tables import TablePage
from schema.tables.models import ModelClass
from schema.tables.parts import IndexUse, PageColumn, Part, Remark
from schema.wording import compact, counted, number, size

__all__ = ["table_page_html"]

#: So many columns, or rows, stand side by side.
_MOST_ACROSS = 6

#: What a page's structure is read from, in words.
_SOURCES = {
    "database": "as the database has it",
    "given": "as the catalog has it",
    "revisions": "as the revisions make it; no database was looked at",
    "models": "as the models make it; no database was looked at",
    "model text": "as the models are written; no database could be made",
}


def table_page_html(page: TablePage) -> str:
    """The whole page as one panel; what is long is folded."""
    return panel(
        _head(page),
        problems_html(page.notes, "note"),
        join(prose(said.text) for said in page.purpose)
        or Markup('<p class="swb-faint">Nothing is written about what it is for.</p>'),
        _figures(page),
        _remarks(page.remarks),
        _columns(page),
        relations_section(page),
        _indexes(page.indexes),
        _parts("Constraints and triggers", (*page.constraints, *page.triggers)),
        _parts("Used by", page.used_by),
        _sample(page),
        _classes(page.classes),
        _biography(page),
    )


def _head(page: TablePage) -> Markup:
    source = _SOURCES.get(page.source, page.source)
    where = f"{source}: {page.where}" if page.where else source
    whole = Markup('<h3>{}</h3><div class="swb-faint">{}, {}</div>')
    kind = page.kind if page.dialect is None else f"{page.dialect} {page.kind}"
    return whole.format(text(page.name), text(kind), text(where))


# -- figures and remarks --------------------------------------------------------------------------


def _figures(page: TablePage) -> Markup:
    facts = list(_facts(page))
    whole = Markup('<div class="swb-figures">{}</div>{}')
    one = Markup("<div>{}<span>{}</span></div>")
    notes = page.figures.notes if page.figures is not None else ()
    said = join(Markup('<p class="swb-faint">{}</p>').format(text(note)) for note in notes)
    return whole.format(join(one.format(text(a), text(b)) for a, b in facts), said)


def _facts(page: TablePage) -> Iterator[tuple[str, str]]:
    figures = page.figures
    if figures is not None:
        if figures.rows is None:
            yield "not known", "rows"
        elif figures.is_exact:
            yield number(figures.rows), "rows, counted"
        else:
            about = "at most " if figures.rows_from == "greatest rowid" else "about "
            said = number(figures.rows) if figures.rows < 100_000 else compact(figures.rows)
            yield about + said, f"rows, by {figures.rows_from}"
        if figures.size is not None:
            indexes = "" if not figures.indexes_size else f", indexes {size(figures.indexes_size)}"
            yield size(figures.size), f"in all{indexes}"
        elif figures.file_size is not None:
            yield size(figures.file_size), "the whole file"
        if figures.analyzed is not None:
            since = figures.changed_since
            changed = f", {counted(since, 'row')} changed since" if since else ""
            yield figures.analyzed[:10], f"analysed{changed}"
    yield str(len(page.columns)), "column" if len(page.columns) == 1 else "columns"
    said_of = sum(bool(column.said) for column in page.columns)
    yield f"{said_of} of {len(page.columns)}", "columns documented"


def _remarks(remarks: Iterable[Remark]) -> Markup:
    listed = list(remarks)
    if not listed:
        return Markup()
    groups = []
    for kind, each in groupby(sorted(listed, key=lambda item: item.kind), lambda item: item.kind):
        rows = join(Markup("<li>{}</li>").format(text(item.message)) for item in each)
        groups.append(Markup("<p><b>{}</b></p><ul>{}</ul>").format(text(_capital(kind)), rows))
    whole = Markup(
        '<details class="swb-note"{}><summary><b>{}</b> about models and database</summary>{}'
        "</details>"
    )
    opened = Markup(" open") if len(listed) <= 6 else Markup()
    return whole.format(opened, counted(len(listed), "remark"), join(groups))


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


# -- columns --------------------------------------------------------------------------------------


def _columns(page: TablePage) -> Markup:
    """What no column has is left out."""
    cells = [_row(column) for column in page.columns]
    names = [Column("Column"), Column("Type", "short"), Column("Default"), Column("In the models"),
             Column("NULL", "short"), Column("Different", "number"), Column("About")]  # fmt: skip
    return Markup("<h4>Columns</h4>") + _filled(names, cells)


def _filled(names: Sequence[Column], cells: Sequence[Sequence[object]]) -> Markup:
    """A table without the columns in which no row has anything."""
    shown = [place for place in range(len(names)) if any(row[place] for row in cells)]
    rows = ([row[place] for place in shown] for row in cells)
    return table([names[place] for place in shown], rows)


def _row(column: PageColumn) -> list[object]:
    return [
        _name(column),
        _type(column),
        _default(column),
        _attribute(column),
        "" if column.null_share is None else _share(column.null_share),
        "" if column.distinct is None else compact(column.distinct),
        _about(column),
    ]


def _about(column: PageColumn) -> Markup:
    about = [inline(" ".join(said.text.split())) for said in column.said]
    about += [text(f"{key}: {value}") for key, value in column.info.items()]
    if column.enum:
        shown = ", ".join(column.enum[:20]) + (" …" if len(column.enum) > 20 else "")
        about.append(Markup('<span class="swb-faint">one of {}</span>').format(text(shown)))
    return Markup("<br>").join(about)


def _name(column: PageColumn) -> Markup:
    marks = [Markup('<div class="swb-faint">{}</div>').format(text(key)) for key in column.keys]
    if column.only_in is not None:
        other = "the database" if column.only_in == "models" else "the models"
        badge = Markup('<div><span class="swb-badge swb-warn">not in {}</span></div>')
        marks.append(badge.format(text(other)))
    return Markup("<b>{}</b>{}").format(text(column.name), join(marks))


def _type(column: PageColumn) -> Markup:
    may = "may be NULL" if column.nullable else "not NULL"
    whole = Markup('<code>{}</code><div class="swb-faint">{}</div>')
    return whole.format(text(column.type), may)


def _default(column: PageColumn) -> Markup:
    lines = [
        ("", column.default),
        ("computed: ", column.generated),
        ("SQLAlchemy: ", column.client_default),
        ("on update: ", column.onupdate),
    ]
    line = Markup('<div><span class="swb-faint">{}</span><code>{}</code></div>')
    return join(line.format(label, text(value)) for label, value in lines if value is not None)


def _attribute(column: PageColumn) -> Markup:
    parts = []
    for each in column.attributes:
        annotation = f": {each.annotation}" if each.annotation else ""
        said = Markup("<div>{}.{}<code>{}</code></div>")
        parts.append(said.format(text(each.class_name), text(each.name), text(annotation)))
    for check in column.validation:
        said = Markup('<div class="swb-faint">checked by {}</div>')
        parts.append(said.format(text(check.name)))
    return join(parts)


def _share(share: float) -> Markup:
    whole = Markup('<span class="swb-share" style="--share:{:.0f}%">{}</span>')
    percent = 100 * share
    if 0 < percent < 1:
        return whole.format(percent, "< 1 %")
    return whole.format(percent, "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %")


# -- indexes, parts, rows -------------------------------------------------------------------------


def _indexes(indexes: Iterable[IndexUse]) -> Markup:
    listed = list(indexes)
    if not listed:
        return Markup('<h4>Indexes</h4><p class="swb-faint">None.</p>')
    heads = [Column("Index"), Column("Over"), Column("Serves")]
    measured = any(each.size is not None or each.scans is not None for each in listed)
    heads += [Column("Size", "number"), Column("Uses", "number")] if measured else []
    return Markup("<h4>Indexes</h4>") + table(heads, (_index(x, measured) for x in listed))


def _index(each: IndexUse, measured: bool) -> list[object]:
    kinds = [each.kind if each.kind != "index" else "", "unique" if each.unique else ""]
    kinds += [each.method if each.method not in {None, "btree"} else ""]
    said = ", ".join(dict.fromkeys(kind for kind in kinds if kind)) if each.kind == "index" else ""
    name = Markup('<b>{}</b><div class="swb-faint">{}</div>').format(text(each.name), text(said))
    serves = [text(_capital(one)) for one in each.serves]
    if each.redundant_with is not None:
        badge = Markup('<span class="swb-badge swb-warn">redundant</span> {} serves all of it')
        serves.append(badge.format(text(each.redundant_with)))
    columns = Markup("<code>{}</code>").format(text(", ".join(each.columns)))
    cells: list[object] = [name, columns, Markup("<br>").join(serves)]
    if measured:
        cells += [size(each.size), number(each.scans)]
    return cells


def _parts(title: str, parts: Iterable[Part]) -> Markup:
    listed = list(parts)
    if not listed:
        return Markup()
    whole = Markup("<details><summary>{} <b>{}</b></summary><pre>{}</pre></details>")
    body = join(whole.format(text(x.kind), text(x.name), text(x.definition)) for x in listed)
    return Markup("<h4>{}</h4>{}").format(title, body)


def _sample(page: TablePage) -> Markup:
    sample = page.sample
    if sample is None:
        return Markup()
    title = "Sample rows, masked" if sample.masked else "Sample rows, as they are"
    head = Markup("<h4>{}</h4>").format(title)
    notes = join(Markup("<p>{}</p>").format(text(note)) for note in sample.notes)
    if not sample.rows:
        empty = Markup("") if sample.notes else Markup('<p class="swb-faint">No rows.</p>')
        return head + notes + empty
    return head + notes + _sample_rows(sample.columns, sample.rows)


def _sample_rows(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Markup:
    """Each row as a line; where there are many columns, as a column, so that a page has room."""
    if len(names) <= _MOST_ACROSS or len(rows) > _MOST_ACROSS:
        return table(
            [Column(name) for name in names], ([_cell(cell) for cell in row] for row in rows)
        )
    heads = [Column("Column"), *(Column(f"Row {place}") for place in range(1, len(rows) + 1))]
    lines = (
        [Markup("<b>{}</b>").format(text(name)), *(_cell(row[place]) for row in rows)]
        for place, name in enumerate(names)
    )
    return table(heads, lines)


def _cell(value: str | None) -> Markup:
    if value is None:
        return Markup('<span class="swb-faint">NULL</span>')
    if len(value) <= 60:
        return text(value)
    return Markup("<details><summary>{} …</summary>{}</details>").format(
        text(value[:50]), text(value)
    )


def _classes(classes: Iterable[ModelClass]) -> Markup:
    rows = [[_class(cls), _place(cls), _inherits(cls), _others(cls)] for cls in classes]
    if not rows:
        return Markup()
    heads = [Column("Class"), Column("Where"), Column("Inheritance"), Column("Other attributes")]
    return Markup("<h4>Classes</h4>") + _filled(heads, rows)


def _class(cls: ModelClass) -> Markup:
    whole = Markup('<b>{}</b><div class="swb-faint">{}</div>')
    return whole.format(text(cls.name), text(cls.style))


def _place(cls: ModelClass) -> str:
    where = cls.file or cls.module
    return f"{where}, line {cls.line}" if cls.line else where


def _inherits(cls: ModelClass) -> str:
    found = cls.inheritance
    if found is None:
        return ""
    told = f"{found.kind} table" if found.parent else "others inherit from it"
    told += f", from {found.parent}" if found.parent else ""
    if found.polymorphic_on and found.identity:
        told += f", where {found.polymorphic_on} is {found.identity!r}"
    return told


def _others(cls: ModelClass) -> Markup:
    parts = []
    for each in cls.attributes:
        if each.kind != "column":
            target = f" of {each.target}" if each.target else ""
            doc = f": {each.doc}" if each.doc else ""
            said = Markup('<div>{} <span class="swb-faint">{}</span></div>')
            parts.append(said.format(text(each.name), text(f"{each.kind}{target}{doc}")))
    return join(parts)


def _biography(page: TablePage) -> Markup:
    if page.biography is None:
        return Markup()
    count = counted(len({entry.revision.id for entry in page.biography.entries}), "revision")
    whole = Markup("<details><summary><b>Biography</b> {}</summary>{}</details>")
    return whole.format(count, biography_body(page.biography))
