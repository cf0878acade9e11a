"""A table's page, a search and the documentation made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.report.model import Block, Heading, Line, Table, tabled
from schema.tables import Documentation, Found, Models, TablePage
from schema.tables.models import Relationship
from schema.tables.parts import IndexUse, PageColumn, Relation
from schema.tables.search import Hit
from schema.wording import capitalised, compact, counted, number, size

__all__ = ["documentation_blocks", "found_blocks", "models_blocks", "table_page_blocks"]

_SOURCES = {
    "database": "as the database has it",
    "given": "as the catalog has it",
    "revisions": "as the revisions make it",
    "models": "as the models make it",
    "model text": "as the models are written",
}

#: So many hits are on a terminal.
_MOST_HITS = 50


# -- a table --------------------------------------------------------------------------------------


def table_page_blocks(page: TablePage) -> Iterator[Block]:
    """The same sections as on a page; of a biography, one line a revision."""
    yield Heading(page.name)
    where = f": {page.where}" if page.where else ""
    yield Line(f"{page.kind}, {_SOURCES.get(page.source, page.source)}{where}")
    for note in page.notes:
        yield Line(f"Note: {note}")
    for said in page.purpose:
        yield Line(said.text)
    yield Line("  ".join(_facts(page)))
    if page.remarks:
        yield Heading(counted(len(page.remarks), "remark"))
        rows = ([capitalised(item.kind), item.message] for item in page.remarks)
        yield tabled(["Kind", "Remark"], rows)
    yield Heading("Columns")
    yield _columns(page)
    if page.relations:
        yield Heading("Relations")
        rows = ([_side(each), _key(each), _along(each)] for each in page.relations)
        yield tabled(["Table", "Foreign key", "Relationships"], rows, code=["Foreign key"])
    yield Heading("Indexes")
    yield _indexes(page) if page.indexes else Line("None.")
    for title, parts in (("Constraints and triggers", (*page.constraints, *page.triggers)),
                         ("Used by", page.used_by)):  # fmt: skip
        if parts:
            yield Heading(title)
            rows = ([each.kind, each.name, " ".join(each.definition.split())] for each in parts)
            yield tabled(["Kind", "Name", "Definition"], rows, code=["Name", "Definition"])
    yield from _sample(page)
    yield from _biography(page)


def _facts(page: TablePage) -> Iterator[str]:
    figures = page.figures
    if figures is not None:
        if figures.rows is None:
            yield "rows: not known"
        else:
            about = "at most " if figures.rows_from == "greatest rowid" else "about "
            about = "" if figures.is_exact else about
            source = "counted" if figures.is_exact else f"by {figures.rows_from}"
            yield f"{about}{number(figures.rows)} rows ({source})"
        if figures.size is not None:
            yield f"{size(figures.size)} with indexes"
        elif figures.file_size is not None:
            yield f"{size(figures.file_size)} the whole file"
    said = sum(bool(column.said) for column in page.columns)
    yield f"{said} of {counted(len(page.columns), 'column')} documented"


def _columns(page: TablePage) -> Table:
    names = ["Column", "Type", "Null", "Default", "Keys", "Attribute", "NULL", "Different", "About"]
    rows = [_column(column) for column in page.columns]
    shown = [place for place in range(len(names)) if any(row[place] for row in rows)]
    return tabled(
        [names[place] for place in shown],
        ([row[place] for place in shown] for row in rows),
        ["NULL", "Different"],
        ["Column", "Type", "Default", "Attribute"],
    )


def _column(column: PageColumn) -> list[str]:
    defaults = [column.default, column.generated,
                f"{column.client_default} by SQLAlchemy" if column.client_default else None,
                f"{column.onupdate} on update" if column.onupdate else None]  # fmt: skip
    attributes = [f"{each.class_name}.{each.name}" for each in column.attributes]
    attributes += [f"checked by {each.name}" for each in column.validation]
    about = [" ".join(said.text.split()) for said in column.said]
    about += [f"One of {', '.join(column.enum)}."] if column.enum else []
    about += [f"Only in the {column.only_in}."] if column.only_in else []
    return [
        column.name,
        column.type,
        "null" if column.nullable else "not null",
        "; ".join(each for each in defaults if each is not None),
        ", ".join(column.keys),
        ", ".join(attributes),
        "" if column.null_share is None else f"{100 * column.null_share:.3g} %",
        "" if column.distinct is None else compact(column.distinct),
        " ".join(about),
    ]


def _side(relation: Relation) -> str:
    return f"→ {relation.other}" if relation.side == "out" else f"← {relation.other}"


def _key(relation: Relation) -> str:
    key = relation.foreign_key
    if key is None:
        return "none"
    action = f" ON DELETE {key.on_delete}" if key.on_delete not in {None, "NO ACTION"} else ""
    return f"{key.label}{action}"


def _along(relation: Relation) -> str:
    if not relation.relationships:
        return "joined inheritance" if relation.inherits else ""
    return ", ".join(_relationship(name, each) for name, each in relation.relationships)


def _relationship(name: str, each: Relationship) -> str:
    return f"{name}.{each.name} ({'failed' if each.problem else each.cardinality})"


def _indexes(page: TablePage) -> Table:
    names = ["Index", "Over", "Serves", "Size", "Uses"]
    rows = [_index(each) for each in page.indexes]
    shown = [place for place in range(len(names)) if any(row[place] for row in rows)]
    listed = ([row[place] for place in shown] for row in rows)
    return tabled([names[place] for place in shown], listed, ["Size", "Uses"], ["Index", "Over"])


def _index(each: IndexUse) -> list[str]:
    serves = "; ".join(each.serves)
    if each.redundant_with is not None:
        serves += f" (redundant: {each.redundant_with} serves all of it)"
    return [
        each.name,
        ", ".join(each.columns),
        serves,
        "" if each.size is None else size(each.size),
        "" if each.scans is None else number(each.scans),
    ]


def _sample(page: TablePage) -> Iterator[Block]:
    sample = page.sample
    if sample is None:
        return
    yield Heading("Sample rows, masked" if sample.masked else "Sample rows, as they are")
    for note in sample.notes:
        yield Line(f"Note: {note}")
    if not sample.rows:
        yield Line("No rows.")
        return
    # Each row as a column: a terminal is rarely as wide as a table.
    heads = ["Column", *(f"Row {place}" for place in range(1, len(sample.rows) + 1))]
    rows = (
        [name, *(_cell(row[place]) for row in sample.rows)]
        for place, name in enumerate(sample.columns)
    )
    yield tabled(heads, rows, code=heads)


def _cell(value: str | None) -> str:
    if value is None:
        return "NULL"
    line = " ".join(value.split())
    return line if len(line) <= 60 else f"{line[:58]} …"


def _biography(page: TablePage) -> Iterator[Block]:
    if page.biography is None:
        return
    yield Heading("Biography")
    revisions = {entry.revision.id: entry.revision for entry in page.biography.entries}
    for identifier, revision in revisions.items():
        did = [entry for entry in page.biography.entries if entry.revision.id == identifier]
        what = ", ".join(f"{entry.change} {entry.difference.kind} {entry.difference.name}"
                         for entry in did[:4])  # fmt: skip
        more = f" and {len(did) - 4} more" if len(did) > 4 else ""
        yield Line(f"{identifier}  {revision.message}: {what}{more}")
    yield Line(f"In full: schema biography {page.name}")


# -- a search -------------------------------------------------------------------------------------


def found_blocks(found: Found) -> Iterator[Block]:
    """The hits, the best first; in what is written, the words stand between ‹ and ›."""
    yield Heading(f"{counted(found.total, 'hit')} for {' '.join(found.words)}")
    for note in found.notes:
        yield Line(f"Note: {note}")
    for word, others in found.instead.items():
        yield Line(f"Nothing has {word}; found is {', '.join(others)}, which is spelled like it.")
    if not found.hits:
        return
    if not found.is_whole:
        yield Line("Nothing has all of these words; these have some.")
    rows = ([hit.kind, hit.label, _found_by(hit)] for hit in found.hits[:_MOST_HITS])
    yield tabled(["Kind", "What", "Found by"], rows, code=["What"])
    if (rest := found.total - min(len(found.hits), _MOST_HITS)) > 0:
        yield Line(f"… and {rest:,} more.")


def _found_by(hit: Hit) -> str:
    about = hit.about or ""
    if hit.field == "name":
        return about
    return f"{hit.field}: {_marked(hit)}" + (f" ({about})" if about else "")


def _marked(hit: Hit) -> str:
    pieces, end = [], 0
    for start, stop in hit.marks:
        pieces += [hit.text[end:start], "‹", hit.text[start:stop], "›"]
        end = stop
    return "".join([*pieces, hit.text[end:]])


# -- documentation and models ---------------------------------------------------------------------


def documentation_blocks(found: Documentation) -> Iterator[Block]:
    """The percentage, by kind, and what is missing by table."""
    yield Heading(f"{found.percentage:.0f} % documented")
    for note in found.notes:
        yield Line(f"Note: {note}")
    rows = (
        [kind, f"{100 * done / of:.0f} %", f"{done:,}", f"{of:,}"]
        for kind, (done, of) in found.by_kind.items()
    )
    yield tabled(["Kind", "Documented", "Are", "Of"], rows, ["Documented", "Are", "Of"])
    if not found.missing:
        return
    yield Heading(f"Not documented ({len(found.missing):,})")
    missing: dict[str, list[str]] = {}
    for item in found.missing:
        owner = item.name if item.kind == "table" else item.table or ""
        said = "the table itself" if item.kind == "table" else item.name
        said = f"{item.kind} {said}" if item.kind not in {"table", "column"} else said
        missing.setdefault(owner, []).append(said)
    lines = ([label or "of no table", ", ".join(names)] for label, names in missing.items())
    yield tabled(["Table", "Not documented"], lines, code=["Table"])


def models_blocks(models: Models) -> Iterator[Block]:
    """One row a class."""
    yield Heading(f"{len(models.classes):,} classes, {counted(len(models.tables), 'table')}")
    for problem in models.problems:
        yield Heading(f"! {problem}", is_bad=True)
    rows = (
        [cls.name, cls.table or "", f"{cls.file or cls.module}:{cls.line or ''}",
         f"{len(cls.attributes)}", f"{len(cls.relationships)}"]
        for cls in models.classes
    )  # fmt: skip
    heads = ["Class", "Table", "Where", "Attributes", "Relationships"]
    yield tabled(heads, rows, ["Attributes", "Relationships"], ["Class", "Table"])
