"""A new revision on a page: what Alembic made next to what it cannot see, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from schema.authoring import Branch, Changes, Heads, Mend, Operation, Reading, Reparented, Unseen
from schema.authoring import Written as WrittenFiles
from schema.rehearsal.hazards import Hazard
from schema.render.differences import difference_table
from schema.render.rehearsal_hazards import hazard_html
from schema.render.rehearsal_ways import orders_section
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import CHANGE_MARKS, capitalised, counted, day

__all__ = [
    "changes_html",
    "heads_html",
    "mend_html",
    "reading_html",
    "reparented_html",
    "written_html",
]


def reading_html(reading: Reading) -> str:
    """The verdict, the two columns, what else is to be known, the offers, and the file."""
    if reading.is_empty:
        said = Markup("<p>✓ {}.</p>").format(text(capitalised(reading.verdict)))
        return panel(said, *_said_by_alembic(reading))
    return panel(
        _verdict(reading),
        *_failures(reading),
        _columns(reading),
        *_further(reading),
        _offers(reading.mends),
        *_said_by_alembic(reading),
        _file(reading),
    )


def _verdict(reading: Reading) -> Markup:
    look, mark = ("good", "✓") if reading.is_complete else ("warn", "△")
    look, mark = ("bad", "✗") if reading.error else (look, mark)
    whole = Markup('<div class="swb-verdict swb-{}">{} {}</div><p class="swb-faint">{}</p>')
    about = f"revision {reading.revision}, tried on an empty database at head, up, down and up"
    return whole.format(look, mark, text(capitalised(reading.verdict)), text(about))


def _failures(reading: Reading) -> Iterator[Markup]:
    whole = Markup('<div class="swb-error"><b>{}</b> {}</div>')
    for what, error in (
        ("It fails:", reading.error),
        ("Its way back fails:", reading.down_error),
        ("It cannot be applied again:", reading.again_error),
    ):
        if error is not None:
            yield whole.format(what, text(error))


def _columns(reading: Reading) -> Markup:
    whole = Markup(
        '<div class="swb-columns"><section aria-label="{made}"><h4>{made} ({})</h4>{}</section>'
        '<section aria-label="{unseen}"><h4>{unseen} ({})</h4>{}</section></div>'
    )
    nothing = Markup('<p class="swb-faint">{}</p>')
    made = join(_operation(op, hazards) for op, hazards in reading.hazards_by_operation())
    unseen = join(_unseen(item) for item in reading.unseen)
    return whole.format(
        len(reading.operations),
        made or nothing.format("The file does nothing."),
        len(reading.unseen),
        unseen or nothing.format("✓ Nothing: afterwards the database is what the models say."),
        made="What the file does",
        unseen="What Alembic does not see",
    )


def _operation(op: Operation, hazards: Iterable[Hazard]) -> Markup:
    whole = Markup('<div class="swb-item">{} <span class="swb-faint">line {}</span>{}</div>')
    return whole.format(text(op.words), op.line, join(map(hazard_html, hazards)))


def _unseen(item: Unseen) -> Markup:
    change = item.difference
    earlier = (
        Markup(' <span class="swb-badge">before your change</span>') if item.is_earlier else ""
    )
    whole = Markup(
        '<div class="swb-item"><span class="swb-mark swb-{}">{}</span>{}{}'
        '<div class="swb-faint">{}</div></div>'
    )
    mark = CHANGE_MARKS.get(change.change, "?")
    return whole.format(text(change.change), mark, text(item.words), earlier, text(item.why))


def _further(reading: Reading) -> Iterator[Markup]:
    if reading.other_hazards:
        yield Markup("<h4>Further hazards</h4>") + join(map(hazard_html, reading.other_hazards))
    for title, found, left, right in (
        ("What it changes besides your edit", reading.besides, "Before", "After"),
        ("What its way back does not undo", reading.not_undone, "Before", "After its way back"),
    ):
        if found:
            heading = Markup("<h4>{} ({})</h4>").format(title, len(found))
            yield heading + difference_table(found, left, right, max_rows=50)
    if reading.earlier:
        whole = Markup("<details><summary>{}</summary>{}</details>")
        said = counted(len(reading.earlier), "difference") + " between models and migrations before"
        rows = difference_table(reading.earlier, "Migrations", "Models", max_rows=50)
        yield whole.format(said, rows)


def _offers(mends: Iterable[Mend]) -> Markup:
    found = [_offer(item) for item in mends]
    if not found:
        return Markup()
    return Markup("<h4>What can be mended</h4>") + join(found)


def _offer(item: Mend) -> Markup:
    whole = Markup("<details><summary><b>{}</b> {}</summary><pre>{}</pre></details>")
    return whole.format(text(item.title), text(item.why), text("\n".join(item.lines)))


def mend_html(item: Mend) -> str:
    """One offer, as a panel."""
    return panel(_offer(item))


def _said_by_alembic(reading: Reading) -> Iterator[Markup]:
    lines = [*reading.detected, *(f"warning: {said}" for said in reading.warnings)]
    if lines:
        whole = Markup("<details><summary>What Alembic said</summary><pre>{}</pre></details>")
        yield whole.format(text("\n".join(lines)))


def _file(reading: Reading) -> Markup:
    whole = Markup(
        '<details><summary>{}</summary><pre class="swb-file" tabindex="0" '
        'aria-label="The file\'s text">{}</pre></details>'
    )
    return whole.format(text(reading.filename), text(reading.text))


# -- files ----------------------------------------------------------------------------------------


def changes_html(changes: Changes) -> str:
    """A diff of each file, to unfold."""
    if not changes:
        return panel(Markup("<p>Nothing is changed yet.</p>"))
    whole = Markup(
        "<details open><summary><b>{}</b> {}</summary>"
        '<pre class="swb-file" tabindex="0" aria-label="Diff">{}</pre></details>'
    )
    parts = []
    for item in changes.files:
        added, removed = item.counts
        said = "new" if item.before is None else f"+{added} −{removed}"
        lines = join(_diff_line(line) for line in item.diff.splitlines())
        lines = text(item.after.rstrip()) if item.before is None else lines
        parts.append(whole.format(text(item.path), said, lines))
    return panel(*parts)


def _diff_line(line: str) -> Markup:
    """Added and removed lines by colour, and by the sign that a diff has anyway."""
    if line.startswith(("+++", "---")) or line[:1] not in {"+", "-"}:
        return text(line) + Markup("\n")
    whole = Markup("<ins>{}</ins>\n") if line[0] == "+" else Markup("<del>{}</del>\n")
    return whole.format(text(line))


def written_html(written: WrittenFiles) -> str:
    """What was written, and the diff of what was not."""
    said = Markup('<div class="swb-verdict swb-good">✓ {}</div>').format(text(written.words))
    return panel(said) + (changes_html(written.left) if written.left else "")


# -- several heads --------------------------------------------------------------------------------


def heads_html(heads: Heads) -> str:
    """Who made which head, what it touches, and whether the order matters."""
    columns = [
        Column("Head", "short"),
        Column("Revisions"),
        Column("Author"),
        Column("Date", "short"),
        Column("Commit", "short"),
        Column("Tables"),
    ]
    look, mark = ("good", "✓") if len(heads.branches) < 2 else ("warn", "△")
    verdict = Markup('<div class="swb-verdict swb-{}">{} {}</div>')
    parts = [
        verdict.format(look, mark, text(capitalised(heads.verdict))),
        table(columns, map(_branch, heads.branches)),
    ]
    if heads.orders is not None:
        parts.append(orders_section(heads.orders))
    parts += [Markup('<p class="swb-faint">{}</p>').format(text(note)) for note in heads.notes]
    return panel(*parts)


def _branch(item: Branch) -> list[object]:
    each = Markup("<div>{} {}</div>")
    return [
        item.head,
        join(each.format(text(r.id), text(r.message)) for r in item.revisions),
        item.author or "–",
        day(item.revisions[-1].date) if item.revisions else "",
        item.commit or "–",
        ", ".join(item.tables) or "none",
    ]


def reparented_html(item: Reparented) -> str:
    """What is changed, and what that means for databases that are stamped already."""
    points = Markup("<ul>{}</ul>").format(
        join(Markup("<li>{}</li>").format(text(said)) for said in item.means)
    )
    return panel(Markup("<h4>{}</h4>").format(text(item.title)), points) + changes_html(
        item.changes
    )
