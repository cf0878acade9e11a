"""A table, a search, documentation and models, on a page and in a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schema import report
from schema.render import documentation_html, found_html, models_html, table_page_html
from schema.render.prose import inline, prose
from schema.tables import Documentation, Figures, Found, Index, Models, Sample, TablePage
from schema.tables.documentation import Documented
from schema.tables.figures import ColumnFigures
from schema.tables.models import Attribute, ModelClass, ModelTable, Relationship, Validator
from schema.tables.parts import (
    Attributed,
    ForeignKeyFact,
    IndexUse,
    PageColumn,
    Part,
    Relation,
    Remark,
    Said,
)


def page(name: str = "loan") -> TablePage:
    """A page that has a bit of everything, everywhere with this name."""
    said = (Said(f"About ``{name}`` and {name}.", "docstring"),)
    key = ForeignKeyFact(name, name, (name,), name, (name,), "CASCADE")
    relationship = Relationship(
        name, name, name, name, "many to one", "many to one", name, (), name, name,
        ("delete", "delete-orphan"), True, True, False, "select", name, name, name, 3, {},
    )  # fmt: skip
    failed = replace(relationship, problem=name)
    attribute = Attribute(name, "synonym", (), name, name, name, 3, {}, ())
    return TablePage(
        name=name,
        kind="table",
        source="database",
        where=name,
        dialect="sqlite",
        purpose=said,
        classes=(
            ModelClass(name, name, name, 7, name, "declarative", name, (name,), None,
                       (attribute,), (relationship,)),
        ),
        columns=(
            PageColumn(name, name, True, name, name, name, name, (name,),
                       (Attributed(name, name, name),), (Validator(name),), (name,), said,
                       {name: name}, 0.004, 12_345, True, "models"),
        ),
        relations=(
            Relation("out", name, key, ((name, relationship), (name, failed))),
            Relation("in", name, None, ((name, relationship),)),
            Relation("in", name, key, (), True),
        ),
        indexes=(IndexUse(name, "index", (name,), True, name, name, (name,), name, 8192, 3),),
        constraints=(Part("check", name, name),),
        triggers=(),
        used_by=(Part("view", name, name),),
        remarks=(Remark("only in the models", name, name),),
        figures=Figures(120_000, "pg_class.reltuples", 5_000_000, 1_000, analyzed="2024-01-02T03",
                        columns={name: ColumnFigures()}, notes=(name,)),
        sample=Sample((name,), ((name,), (None,), (name * 9,)), True, {}, (name,)),
        notes=(name,),
    )  # fmt: skip


def everything(name: str) -> list[Any]:
    table = ModelTable(name, None, name, name, {}, (), (), {"name": name, "file": name, "line": 1,
                                                            "doc": name})  # fmt: skip
    documented = Documented("table", None, name, (Said(name, "doc"),))
    items = (Documented("column", name, name), documented, Documented("view", None, name))
    index = Index(None, Models(None, (table,), ()))
    return [
        page(name),
        index.search(name.split()[0]),
        Found((name,), (), 0, {name: (name,)}, True, (name,)),
        Documentation(items, (name,)),
        Models(None, (table,), page(name).classes, (name,)),
    ]


def test_a_page_tells_all_of_a_table(read: Any) -> None:
    said = read(table_page_html(page())).said
    for words in (
        "about 120krows, by pg_class.reltuples",
        "5.00 MB",
        "analysed",
        "Only in the models",
        "not in the database",
        "SQLAlchemy: loan",
        "checked by loan",
        "< 1 %",
        "ON DELETE CASCADE",
        "cascades all, delete-orphan",
        "joined inheritance",
        "failed",
        "redundant",
        "Sample rows, masked",
        "NULL",
        "synonym of loan",
    ):
        assert words in said, words


def test_what_no_column_has_is_left_out(read: Any) -> None:
    plain = replace(page(), columns=(PageColumn("a", "INTEGER", False),), figures=None, sample=None)
    said = read(table_page_html(plain)).said
    assert "Different" not in said
    assert "Sample" not in said
    assert "rows, by" not in said


def test_words_that_were_found_are_marked(read: Any) -> None:
    markup = found_html(everything("guest")[1])
    assert '<mark class="swb-hit">guest</mark>' in markup
    assert "‹guest›" in report.text(
        Found(("b",), (replace(everything("guest")[1].hits[0], field="doc"),), 1), width=100
    )


def test_backquotes_are_code_and_nothing_else_is_markup() -> None:
    assert str(inline("a ``b<c`` `d` <e>")) == ("a <code>b&lt;c</code> <code>d</code> &lt;e&gt;")
    assert str(prose("one\ntwo\n\nthree")) == "<p>one two</p><p>three</p>"
    assert str(prose("list:\n  - a\n  - b")).count("<br>") == 2


@pytest.mark.parametrize("number", range(5))
def test_hostile_names_are_text(hostile: str, read: Any, number: int) -> None:
    value = everything(hostile)[number]
    markup = value._repr_mimebundle_()["text/html"]
    assert not {"script", "img", "a"} & set(read(markup).tags)
    said = report.text(value, width=100)
    assert not any(mark in said for mark in "\x1b\x07\u202e")
    report.markdown(value)


def test_each_value_has_its_renderer() -> None:
    makers = (table_page_html, found_html, found_html, documentation_html, models_html)
    for value, make in zip(everything("loan"), makers, strict=True):
        assert value._repr_mimebundle_()["text/html"] == make(value)
