"""One revision on a page: what it says of itself, what it does, and what became of its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from schema.diagram import Diagram
from schema.git import Commit
from schema.render.differences import difference_table
from schema.render.er import er_svg
from schema.render.history import problems_html
from schema.render.oddities import oddity_lines
from schema.render.source import diff_html, listing
from schema.render.tables import Column, table
from schema.render.theme import join, ours, panel, text
from schema.revisions import DataStatement, FileHistory, RevisionPage, RevisionSql
from schema.wording import STANDING_MARKS, counted, dialect_name

__all__ = [
    "revision_about_html",
    "revision_changes_html",
    "revision_data_html",
    "revision_html",
    "revision_source_html",
    "revision_sql_html",
]

_WAYS = {"up": "Up", "down": "Down"}

#: So many differences of a revision are put on a page.
_MOST_CHANGES = 200

#: So many tables are named among the facts.
_MOST_TABLES = 12

#: So many characters of a revision's SQL on one kind of database are put on a page.
_MOST_SQL = 60_000

#: Up to so many characters of all kinds together, none is folded.
_SHORT_SQL = 2_500


def revision_html(page: RevisionPage) -> str:
    """All of a revision's page under each other, its SQL and its source folded."""
    return panel(
        _about(page, [*_around(page), *_own_facts(page)]),
        _headed("What it did to the schema", _changes(page)),
        _headed("Before and after in one picture", _picture(page.picture)),
        _headed("What it does to data", _data(page.data)),
        _headed("In SQL", _sql(page.sql, is_open=False)),
        _headed("Its file", _source(page, is_open=False)),
    )


def revision_about_html(page: RevisionPage) -> str:
    """What the revision says of itself, where it stands, and who wrote it; not what is around."""
    return panel(_about(page, _own_facts(page)))


def revision_changes_html(page: RevisionPage) -> str:
    """What it did to the schema when it was replayed, or why that is not known."""
    return panel(_changes(page))


def revision_data_html(page: RevisionPage) -> str:
    """The statements of its text that change data."""
    return panel(_data(page.data))


def revision_sql_html(found: Sequence[RevisionSql]) -> str:
    """Its SQL, each kind of database by itself; where that is much, the first alone is unfolded."""
    return panel(_sql(found, is_open=True))


def revision_source_html(page: RevisionPage) -> str:
    """The text of its file, under what was changed in it since it was added."""
    return panel(_source(page, is_open=True))


def _headed(heading: str, content: Markup) -> Markup:
    return Markup("<h4>{}</h4>{}").format(heading, content) if content else Markup()


def _picture(diagram: Diagram | None) -> Markup:
    return ours(er_svg(diagram)) if diagram is not None and diagram.tables else Markup()


# -- what it says of itself ---------------------------------------------------------------------


def _about(page: RevisionPage, told: Iterable[tuple[str, str]]) -> Markup:
    revision = page.revision
    title = Markup("<h3>{} {}</h3>").format(text(revision.id), text(revision.message))
    line = Markup('<div><span class="swb-faint">{}:</span> {}</div>')
    facts = join(line.format(name, text(said)) for name, said in told if said)
    rest = revision.prose
    said = Markup('<div class="swb-lines" style="margin-top:8px">{}</div>').format(text(rest))
    odd = _headed("What is odd about it", oddity_lines(page.oddities))
    return title + facts + (said if rest else Markup()) + odd


def _around(page: RevisionPage) -> Iterator[tuple[str, str]]:
    parents = page.revision.parents
    yield "Follows", _named(parents, page.messages) or "nothing: it is the first"
    yield "Followed by", _named(page.children, page.messages) or "nothing: it is the newest"


def _own_facts(page: RevisionPage) -> Iterator[tuple[str, str]]:
    revision, file = page.revision, page.file
    yield "Date", f"{revision.date:%Y-%m-%d %H:%M}" if revision.date else ""
    yield "Author", revision.author or ""
    yield "Commit", _commits(file)
    yield "Flags", ", ".join(revision.flags)
    yield "In the schema", _touched(page)
    where = page.standing
    yield "This database", f"{STANDING_MARKS[where]} {where}" if where else ""
    yield "File", revision.path.name


def _named(ids: Iterable[str], messages: dict[str, str]) -> str:
    return "; ".join(f"{name} {messages.get(name, '(no file bears it)')}".strip() for name in ids)


def _touched(page: RevisionPage) -> str:
    if page.step is None:
        return ""
    shown = page.step.tables[:_MOST_TABLES]
    rest = len(page.step.tables) - len(shown)
    tables = ", ".join(shown) + (f" and {counted(rest, 'table')} more" if rest else "")
    return f"{page.step.summary}{f' ({tables})' if tables else ''}"


def _commits(file: FileHistory) -> str:
    if file.added is None:
        return f"not known. {file.note}" if file.note else "none yet"
    edited = f"; edited since in {counted(len(file.edited), 'commit')}" if file.edited else ""
    open_ = "" if file.is_committed else "; it now holds what no commit does"
    note = f" ({file.note})" if file.note else ""
    return f"{_commit(file.added)}{edited}{open_}{note}"


def _commit(commit: Commit) -> str:
    day = f" on {commit.day.isoformat()}" if commit.day else ""
    return f"{commit.short}{day} by {commit.author}: {commit.subject}"


# -- the schema ---------------------------------------------------------------------------------


def _changes(page: RevisionPage) -> Markup:
    step, line = page.step, Markup("<p>{}</p>")
    if step is None:
        return line.format(text(page.trouble or "It was not replayed yet, so that is not known."))
    kind = text(dialect_name(page.dialect or ""))
    said = f"Seen on an empty scratch database of {kind}, after all revisions before it"
    seen = Markup('<p class="swb-faint">{}: {}.</p>').format(said, text(step.summary))
    others = [name for name in step.without if name != step.id]
    notes = [f"It could not be run there: {step.failure}"] if step.failure else []
    notes += (
        [f"Run without {', '.join(others)}, which failed there: that may show."] if others else []
    )
    found = step.differences
    table = difference_table(found, "Before", "After", by_table=True, max_rows=_MOST_CHANGES)
    return seen + problems_html(notes, "note") + (table if found else Markup())


# -- data ---------------------------------------------------------------------------------------


def _data(found: Sequence[DataStatement]) -> Markup:
    if not found:
        return (
            Markup(
                "<p>Its text changes no rows by itself. A change of the schema can do so all the "
                "same: a dropped column, a narrower type, a batch copy on SQLite.</p>"
            )
            + _hint()
        )
    columns = [
        Column("Way", "short"),
        Column("Change", "short"),
        Column("Table"),
        Column("Line", "number"),
        Column("Source"),
    ]
    rows = [
        [
            _WAYS[item.direction],
            item.change if item.rows is None else f"{item.change} {counted(item.rows, 'row')}",
            item.table or "not named in the text",
            item.line,
            Markup("<code>{}</code>").format(text(item.source)),
        ]
        for item in found
    ]
    return Markup("<p>As its text says, read and not run:</p>") + table(columns, rows) + _hint()


def _hint() -> Markup:
    return Markup(
        '<p class="swb-faint">What really becomes of the rows, value by value, a rehearsal on a '
        "copy shows: <code>RehearsalPanel(project)</code>, or <code>schema rehearse</code>.</p>"
    )


# -- SQL ----------------------------------------------------------------------------------------


def _sql(found: Sequence[RevisionSql], *, is_open: bool) -> Markup:
    parts = []
    is_short = sum(len(sql) for item in found for sql in item.statements) <= _SHORT_SQL
    for number, (dialect, group) in enumerate(groupby(found, key=lambda item: item.dialect)):
        ways = join(_way(item) for item in group)
        whole = Markup("<details{}><summary><b>{}</b></summary>{}</details>")
        opened = Markup(" open") if is_open and (is_short or not number) else Markup()
        parts.append(whole.format(opened, text(dialect_name(dialect)), ways))
    return join(parts)


def _way(item: RevisionSql) -> Markup:
    said = ";\n".join(item.statements) + (";" if item.statements else "")
    shown = said[:_MOST_SQL]
    cut = f"… and {counted(len(said) - _MOST_SQL, 'character')} more" if shown != said else ""
    code = Markup('<pre tabindex="0">{}</pre>').format(text(shown)) if said else Markup()
    nothing = "" if said or item.why else "No statement."
    line = Markup('<p class="swb-faint">{}</p>')
    notes = join(line.format(text(note)) for note in (cut, nothing) if note)
    return Markup("<h4>{}</h4>{}{}{}").format(_WAYS[item.direction], code, notes, _end(item))


def _end(item: RevisionSql) -> Markup:
    """Why the SQL ends early, in the words of who ended it."""
    said = "Here the SQL ends: what follows asks the database, and cannot be told without one."
    if item.is_failed:
        said = "Not known: the project's code, or the revision's file, could not be run."
    whole = Markup('<details><summary>{}</summary><p class="swb-faint">{}</p></details>')
    return whole.format(said, text(item.why)) if item.why else Markup()


# -- source -------------------------------------------------------------------------------------


def _source(page: RevisionPage, *, is_open: bool) -> Markup:
    if not page.source:
        return Markup("<p>The file cannot be read any more.</p>")
    told = [item.line for item in page.data]
    code = Markup("<details{}><summary>{}</summary>{}</details>").format(
        Markup(" open") if is_open else "",
        text(page.revision.path.name),
        listing(page.source, told),
    )
    return _edits(page.file) + code


def _edits(file: FileHistory) -> Markup:
    if file.added is None:
        note = f"What was changed in it is not known: {file.note}" if file.note else ""
        said = note or "The file is in no commit yet."
        return Markup('<p class="swb-faint">{}</p>').format(text(said))
    if not file.is_edited:
        said = f"As it was added in {_commit(file.added)}"
        return Markup('<p class="swb-faint">{}</p>').format(text(said))
    commits = [_commit(each) for each in file.edited]
    commits += [] if file.is_committed else ["what is not committed"]
    whole = Markup(
        "<details open><summary>What was changed in it since it was added in {}</summary>"
        "<ul>{}</ul>{}</details>"
    )
    items = join(Markup("<li>{}</li>").format(text(each)) for each in commits)
    return whole.format(text(_commit(file.added)), items, diff_html(file.diff))
