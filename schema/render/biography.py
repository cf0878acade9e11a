"""A biography on a page: each revision, what was before and after it, the line that did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from schema.biography import Biography, Dropped, Entry, Gone, Lifetime, Operation
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import capitalised, counted, day

__all__ = ["biography_body", "biography_html", "dropped_html"]


def biography_html(found: Biography) -> str:
    """The whole biography as one panel, oldest first."""
    title = Markup("<h3>{} {}</h3>").format(text(found.kind), text(found.label))
    return panel(title, biography_body(found))


def biography_body(found: Biography) -> Markup:
    """The same without a title, for a page that has one."""
    lives = (_life(found, number, life) for number, life in enumerate(found.lives, 1))
    notes = problems_html((f"{capitalised(note)}." for note in found.notes), "note")
    return join([*lives, notes])


def _life(found: Biography, number: int, life: Lifetime) -> Markup:
    entries = found.of_life(number)
    many = len(found.lives) > 1
    head = Markup("<h4>Life {} of {}</h4>").format(number, len(found.lives)) if many else Markup()
    groups = groupby(entries, key=lambda entry: entry.revision.id)
    return join([head, _facts(life), *(_revision(list(each)) for _, each in groups)])


def _facts(life: Lifetime) -> Markup:
    born = f"made by {life.born.id}" if life.born else "there before the first revision"
    died = f"dropped by {life.died.id}" if life.died else "there now"
    former = f"Called before: {', '.join(life.names[:-1])}" if len(life.names) > 1 else ""
    lines = (f"{capitalised(born)}, {died}", former)
    return join(
        Markup('<div class="swb-faint">{}</div>').format(text(said)) for said in lines if said
    )


def _revision(entries: Sequence[Entry]) -> Markup:
    first = entries[0]
    revision, commit = first.revision, first.commit
    who = [
        day(revision.date),
        revision.author or "",
        f"commit {commit.commit}" + (f" of {commit.day.isoformat()}" if commit.day else "")
        if commit
        else "",
    ]
    head = Markup(
        '<h4><code>{}</code> {} <span class="swb-faint" style="font-weight:400">{}</span></h4>'
    )
    differences = difference_table([entry.difference for entry in entries], "Before", "After")
    return join(
        [
            head.format(
                text(revision.id), text(revision.message), text(" · ".join(filter(None, who)))
            ),
            differences,
            *_operations(entries),
        ]
    )


def _operations(entries: Sequence[Entry]) -> Iterator[Markup]:
    """Each place in the file once, however many things it did."""
    whole = Markup('<div><span class="swb-faint">{}</span><pre>{}</pre></div>')
    places: dict[tuple[str, str], list[str]] = {}
    for operation in (entry.operation for entry in entries if entry.operation is not None):
        here = places.setdefault((_place(operation), operation.text), [])
        if operation.here and operation.here not in here:
            here.append(operation.here)
    for (place, source), meanings in places.items():
        lines = [source, *(f"# here: {meaning}" for meaning in meanings)]
        yield whole.format(text(place), text("\n".join(lines)))
    lost = [entry.difference.label for entry in entries if entry.operation is None]
    if lost:
        names = ", ".join(dict.fromkeys(lost))
        said = f"Where its file does this to {names} could not be found."
        yield Markup('<div class="swb-faint">{}</div>').format(text(said))


def _place(operation: Operation) -> str:
    sure = "" if operation.is_sure else ", as it seems"
    return f"{operation.path.name}, line {operation.line}{sure}"


def dropped_html(found: Dropped) -> str:
    """All that is no more, as a table."""
    if not found.items:
        return panel(Markup("<p>Nothing that a revision made was dropped again.</p>"))
    title = Markup("<h3>{} no more</h3>").format(counted(len(found.items), "thing"))
    columns = [Column("What"), Column("Made by"), Column("Dropped by"), Column("Where")]
    return panel(title, table(columns, (_gone(item) for item in found.items)))


def _gone(item: Gone) -> list[object]:
    what = Markup("{} <b>{}</b>{}{}").format(
        text(item.life.kind),
        text(item.life.label),
        Markup('<div class="swb-faint">{}</div>').format(text(", ".join(item.columns)))
        if item.columns
        else "",
        Markup('<div class="swb-faint">there is one again</div>') if item.is_back else "",
    )
    operation = item.death.operation
    where = f"{operation.path.name}, line {operation.line}" if operation else ""
    return [what, _by(item.birth), _by(item.death), where]


def _by(entry: Entry | None) -> Markup:
    if entry is None:
        return Markup()
    whole = Markup('<code>{}</code> {}<div class="swb-faint">{}</div>')
    revision = entry.revision
    return whole.format(text(revision.id), text(day(revision.date)), text(revision.message))
