"""What a search has found, and what of a schema is documented, on a page."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from schema.render.history import problems_html
from schema.render.prose import inline
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.tables import Documentation, Found, Models
from schema.tables.documentation import Documented
from schema.tables.search import Hit
from schema.wording import counted, number

__all__ = ["documentation_html", "found_html", "models_html"]


# -- a search -------------------------------------------------------------------------------------


def found_html(found: Found) -> str:
    """The hits, the best first, with the words marked in what they were found by."""
    return panel(_title(found), problems_html(found.notes, "note"), _hits(found))


def _title(found: Found) -> Markup:
    title = f"{counted(found.total, 'hit')} for {' '.join(found.words)}"
    lines = [f"Nothing has {word}; found is {', '.join(others)}, which is spelled like it."
             for word, others in found.instead.items()]  # fmt: skip
    if not found.is_whole and found.hits:
        lines.append("Nothing has all of these words; these have some.")
    if len(found.hits) < found.total:
        lines.append(f"Shown are the best {len(found.hits)}.")
    said = join(Markup('<p class="swb-faint">{}</p>').format(text(line)) for line in lines)
    return Markup("<h3>{}</h3>{}").format(text(title), said)


def _hits(found: Found) -> Markup:
    if not found.hits:
        return Markup("<p>Try fewer or shorter words.</p>")
    heads = [Column("Kind", "short"), Column("What"), Column("Found by"), Column("Known from")]
    return table(heads, (_hit(hit) for hit in found.hits))


def _hit(hit: Hit) -> list[object]:
    by_name = hit.field == "name"
    name = _marked(hit) if by_name and hit.table is None else text(hit.name)
    if by_name and hit.table is not None:
        name = _marked(hit)
    owner = f"{hit.table}." if hit.table is not None else ""
    what = Markup('<span class="swb-faint">{}</span><b>{}</b>').format(text(owner), name)
    about = Markup("<div>{}</div>").format(inline(hit.about)) if hit.about else Markup()
    found_by = Markup('<span class="swb-faint">{}</span> {}').format(
        text("its name" if by_name else hit.field), Markup() if by_name else _marked(hit)
    )
    sources = ", ".join(hit.sources)
    return [hit.kind, what, found_by + about, text(sources)]


def _marked(hit: Hit) -> Markup:
    pieces, end = [], 0
    for start, stop in hit.marks:
        mark = Markup('<mark class="swb-hit">{}</mark>').format(text(hit.text[start:stop]))
        pieces += [text(hit.text[end:start]), mark]
        end = stop
    return join([*pieces, text(hit.text[end:])])


# -- documentation --------------------------------------------------------------------------------


def documentation_html(found: Documentation) -> str:
    """The percentage, by kind and by table, and what is missing."""
    there = len(found.items) - len(found.missing)
    head = Markup("<h3>{:.0f} % documented</h3><p class='swb-faint'>{} of {}</p>")
    kinds = (
        [kind, _share(done, of), f"{number(done)} of {number(of)}"]
        for kind, (done, of) in found.by_kind.items()
    )
    heads = [Column("Kind", "short"), Column("Documented"), Column("How many", "number")]
    return panel(
        head.format(found.percentage, number(there), number(len(found.items))),
        problems_html(found.notes, "note"),
        table(heads, kinds),
        _by_table(found),
        _documented(found.items),
    )


def _by_table(found: Documentation) -> Markup:
    missing: dict[str, list[str]] = {}
    for item in found.missing:
        if item.kind == "table":
            missing.setdefault(item.name, []).insert(0, "the table itself")
        else:
            owner = item.table if item.table is not None else ""
            said = item.name if item.kind == "column" else f"{item.kind} {item.name}"
            missing.setdefault(owner, []).append(said)
    others = missing.pop("", [])
    rows = [
        [text(label), _share(done, of), ", ".join(missing.get(label, []))]
        for label, (done, of) in sorted(found.by_table.items(), key=_least)
        if label in missing
    ]
    rows += [[Markup('<span class="swb-faint">of no table</span>'), "", ", ".join(others)]] * bool(
        others
    )
    if not rows:
        return Markup("<p>Everything is documented.</p>")
    heads = [Column("Table"), Column("Documented"), Column("Not documented")]
    return Markup("<h4>Not documented</h4>") + table(heads, rows)


def _least(item: tuple[str, tuple[int, int]]) -> tuple[float, str]:
    label, (done, of) = item
    return done / of, label


def _documented(items: Iterable[Documented]) -> Markup:
    rows = [
        [item.kind, text(item.label), ", ".join(dict.fromkeys(said.by for said in item.said)),
         inline(" ".join(" ".join(said.text.split()) for said in item.said))]
        for item in items if item.is_documented
    ]  # fmt: skip
    heads = [Column("Kind", "short"), Column("What"), Column("By", "short"), Column("Words")]
    whole = Markup("<details><summary>{} documented</summary>{}</details>")
    return whole.format(counted(len(rows), "thing"), table(heads, rows)) if rows else Markup()


def _share(done: int, of: int) -> Markup:
    whole = Markup('<span class="swb-share" style="--share:{:.0f}%">{:.0f} %</span>')
    share = 100 * done / of if of else 100.0
    return whole.format(share, share)


# -- models ---------------------------------------------------------------------------------------


def models_html(models: Models) -> str:
    """One row a class, and the tables that have none."""
    rows: list[list[object]] = [
        [Markup("<b>{}</b>").format(text(cls.name)), text(cls.table or ""),
         f"{cls.file or cls.module}" + (f", line {cls.line}" if cls.line else ""),
         number(len(cls.attributes)), number(len(cls.relationships)),
         inline(" ".join((cls.docstring or "").split()))]
        for cls in models.classes
    ]  # fmt: skip
    mapped = {label for cls in models.classes for label in cls.tables}
    for one in models.tables:
        if one.label not in mapped:
            place = one.variable or {}
            where = f"{place['file']}, line {place['line']}" if place else ""
            faint = Markup('<span class="swb-faint">no class</span>')
            rows.append([faint, text(one.label), where, "", "", text(place.get("doc") or "")])
    heads = [Column("Class"), Column("Table"), Column("Where"), Column("Attributes", "number"),
             Column("Relationships", "number"), Column("About")]  # fmt: skip
    title = Markup("<h3>{}, {}</h3>").format(
        f"{len(models.classes):,} class" + ("" if len(models.classes) == 1 else "es"),
        counted(len(models.tables), "table"),
    )
    return panel(title, problems_html(models.problems, "warn"), table(heads, rows))
