"""Renamed objects: found by what they are, told with evidence, never guessed."""

from __future__ import annotations

import time

import pytest

from schema.catalog import Catalog, Identity, Property, SchemaObject
from schema.compare import Difference, compare
from schema.compare.evidence import LEAST


def item(
    kind: str, table: str | None, name: str, schema_name: str | None = None, **properties: Property
) -> SchemaObject:
    return SchemaObject(kind, schema_name, table, name, properties)


def table(called: str, /, *columns: str, **types: str) -> list[SchemaObject]:
    """A table with columns of one type, but for those whose type is given."""
    return [
        item("table", None, called),
        *(
            item("column", called, each, type=types.get(each, "integer"), nullable=True,
                 default=None, position=number)
            for number, each in enumerate(columns, 1)
        ),
    ]  # fmt: skip


def catalog(*objects: SchemaObject | list[SchemaObject], dialect: str = "sqlite") -> Catalog:
    flat = [one for each in objects for one in (each if isinstance(each, list) else [each])]
    return Catalog(dialect, "1", flat)


def told(found: list[Difference]) -> list[tuple[str, str, str, str | None]]:
    return [(one.change, one.kind, one.name, one.renamed_from) for one in found]


TWELVE = [f"c{number}" for number in range(12)]


# -- columns ----------------------------------------------------------------------------------


def test_a_column_renamed_in_its_place_is_told_with_the_place() -> None:
    left = catalog(table("users", "id", "name", "created", name="text"))
    right = catalog(table("users", "id", "title", "created", title="text"))
    [found] = compare(left, right)
    assert told([found]) == [("renamed", "column", "title", "name")]
    assert found.evidence == (
        "same type", "same place between id and created", "the only column gone and come"
    )  # fmt: skip
    assert found.confidence is not None
    assert LEAST < found.confidence < 1
    assert found.describe() == (
        f"column users.title: renamed from name ({found.confidence:.2f}: same type, "
        "same place between id and created, the only column gone and come)"
    )


def test_a_column_of_one_type_at_another_place_is_another_column() -> None:
    left = catalog(table("users", "id", "name", "created"))
    right = catalog(table("users", "id", "created", "title"))
    found = told(list(compare(left, right)))
    assert found == [("removed", "column", "name", None), ("added", "column", "title", None)]


def test_a_number_that_the_server_never_gave_before_is_another_column() -> None:
    left = catalog(table("users", "id", "name"))
    added = item("column", "users", "title", type="integer", nullable=True, position=3)
    assert {one.change for one in compare(left, catalog(table("users", "id"), added))} == {
        "added", "removed"
    }  # fmt: skip


def test_a_column_of_another_type_is_another_column() -> None:
    left = catalog(table("users", "id", "name", "created", name="text"))
    right = catalog(table("users", "id", "seen", "created", seen="timestamp"))
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


def test_a_renamed_column_tells_what_else_changed() -> None:
    left = catalog(table("users", "id", "mail", "created", mail="varchar(20)"))
    right = catalog(table("users", "id", "email", "created", email="varchar(40)"))
    [found] = compare(left, right)
    assert dict(found.properties) == {
        "name": ("mail", "email"), "type": ("varchar(20)", "varchar(40)")
    }  # fmt: skip
    assert found.describe().endswith("; type varchar(20) → varchar(40)")


def test_two_columns_renamed_in_order_are_told_by_their_places() -> None:
    left = catalog(table("users", "id", "a", "b", "z"))
    right = catalog(table("users", "id", "c", "d", "z"))
    assert told(list(compare(left, right))) == [
        ("renamed", "column", "c", "a"), ("renamed", "column", "d", "b")
    ]  # fmt: skip


def test_between_two_equal_columns_nothing_is_guessed() -> None:
    left = catalog(table("users", "id", "a", "x", "b"))
    right = catalog(table("users", "id", "x", "c", "y", "d", "e", x="integer"))
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


def test_what_the_database_itself_says_is_certain() -> None:
    left = catalog(table("users", "id", "name", "created"))
    right = catalog(table("users", "id", "created", "title"))
    old, new = Identity("column", None, "users", "name"), Identity("column", None, "users", "title")
    [found, moved] = compare(left, right, identities=({old: 7}, {new: 7}), cosmetic=True)[::-1]
    assert (found.change, found.confidence) == ("renamed", 1.0)
    assert found.evidence == ("the same object to the database",)
    assert moved.is_cosmetic
    left, right = (catalog(table("users", "id", name, "z")) for name in ("name", "title"))
    assert {one.change for one in compare(left, right, identities=({old: 7}, {new: 8}))} == {
        "added", "removed"
    }  # fmt: skip


def test_data_that_looks_the_same_speaks_for_one_column_and_other_data_against() -> None:
    left = catalog(table("users", "id", "name"))
    right = catalog(table("users", "id", "title", "alias"))
    assert {one.change for one in compare(left, right)} == {"removed", "added"}
    old, *new = (Identity("column", None, "users", n) for n in ("name", "title", "alias"))
    data = {"n_distinct": -1.0, "null_frac": 0.2, "avg_width": 11.0}
    other = {"n_distinct": 3.0, "null_frac": 0.9, "avg_width": 4.0}
    found = compare(left, right, statistics=({old: data}, {new[0]: other, new[1]: data}))
    assert told(list(found)) == [
        ("added", "column", "title", None),
        ("renamed", "column", "alias", "name"),
    ]


def test_other_data_speaks_against_a_column_that_looks_the_same() -> None:
    left, right = (catalog(table("users", "id", name)) for name in ("name", "title"))
    assert [one.change for one in compare(left, right)] == ["renamed"]
    old, new = (Identity("column", None, "users", name) for name in ("name", "title"))
    statistics = ({old: {"null_frac": 0.0}}, {new: {"null_frac": 0.9}})
    assert len(compare(left, right, statistics=statistics)) == 2


def test_a_default_that_counts_in_another_sequence_is_told_beside_a_rename() -> None:
    def one(name: str, sequence: str) -> Catalog:
        default = f"nextval('public.{sequence}'::regclass)"
        return catalog(
            table("t", "id", name, "z"),
            item("column", "t", "number", type="integer", default=default, position=9),
        )

    found = told(list(compare(one("a", "one_seq"), one("b", "other_seq"))))
    assert ("changed", "column", "number", None) in found


def test_an_index_a_key_a_check_and_a_view_follow_their_columns_new_name() -> None:
    def one(name: str) -> Catalog:
        return catalog(
            table("users", "id", name, "z"),
            item("index", "users", "ix", columns=(f"lower({name})", f"{name} DESC"),
                 predicate=f"({name} > 0)"),
            item("unique", "users", "uq", columns=("id", name)),
            item("unique", "users", f"unique ({name})", columns=(name,)),
            item("check", "users", "ck", expression=f"(({name} > 0) AND ('a' <> '{'x'}'))"),
            item("foreign key", "pets", "fk", columns=("owner",), target="users",
                 target_columns=(name,)),
            item("trigger", "users", "tr", definition=f"AFTER UPDATE OF {name} ON users"),
            item("view", None, "v", definition=f"SELECT {name} FROM users"),
        )  # fmt: skip

    assert told(list(compare(one("a"), one("b")))) == [("renamed", "column", "b", "a")]


def test_a_view_may_keep_the_old_name_as_an_alias() -> None:
    left = catalog(
        table("users", "id", "a", "z"),
        item("view", None, "v", definition="SELECT users.a FROM users"),
    )
    right = catalog(
        table("users", "id", "b", "z"),
        item("view", None, "v", definition="SELECT users.b AS a\nFROM users"),
    )
    assert told(list(compare(left, right))) == [("renamed", "column", "b", "a")]


@pytest.mark.parametrize(
    ("left", "right"),
    [("a > 0", "b > 1"), ("a > 0", "b >= 0"), ("x = 'a'", "x = 'b'"), ("a > 0", "a > 0 AND b > 0"),
     ("a > z", "b > id"), ("'a'::text", "'b'::text")],
)  # fmt: skip
def test_a_check_that_says_something_else_is_told_beside_the_new_name(
    left: str, right: str
) -> None:
    lefts = catalog(table("t", "id", "a", "z"), item("check", "t", "ck", expression=left))
    rights = catalog(table("t", "id", "b", "z"), item("check", "t", "ck", expression=right))
    found = told(list(compare(lefts, rights)))
    assert ("changed", "check", "ck", None) in found


# -- tables -----------------------------------------------------------------------------------


def test_a_renamed_table_is_one_difference_with_all_that_belongs_to_it() -> None:
    def one(name: str) -> Catalog:
        return catalog(
            table(name, "id", "mail", "created"),
            item("primary key", name, "pk", columns=("id",)),
            item("index", name, "ix", columns=("mail",)),
            item("foreign key", "pets", "fk", columns=("owner",), target=name,
                 target_columns=("id",)),
            item("trigger", name, "tr", definition=f"AFTER INSERT ON {name} EXECUTE f()"),
            item("view", None, "v", definition=f"SELECT mail FROM {name}"),
        )  # fmt: skip

    [found] = compare(one("users"), one("accounts"))
    assert told([found]) == [("renamed", "table", "accounts", "users")]
    assert found.evidence[:2] == ("3 of 3 columns alike", "same foreign keys point to it")
    assert found.confidence is not None
    assert found.confidence > 0.9


def test_a_table_renamed_and_slightly_changed_tells_both() -> None:
    left = catalog(table("users", *TWELVE))
    right = catalog(table("members", *TWELVE, c4="text"))
    renamed, changed = sorted(compare(left, right), key=lambda one: one.kind, reverse=True)
    assert told([renamed]) == [("renamed", "table", "members", "users")]
    assert "11 of 12 columns alike" in renamed.evidence
    assert changed.label == "members.c4"
    assert dict(changed.properties) == {"type": ("integer", "text")}


def test_a_table_and_a_column_of_it_renamed_at_once_are_both_told() -> None:
    left = catalog(table("users", *TWELVE))
    right = catalog(table("members", *TWELVE[:5], "new", *TWELVE[6:]))
    assert told(list(compare(left, right))) == [
        ("renamed", "table", "members", "users"), ("renamed", "column", "new", "c5")
    ]  # fmt: skip


def test_tables_that_share_few_columns_are_two() -> None:
    left, right = catalog(table("a", *TWELVE)), catalog(table("b", *TWELVE[:5], "x", "y", "z"))
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


def test_columns_that_every_table_has_tell_little() -> None:
    others = [table(f"t{number}", "id", "created") for number in range(20)]
    left = catalog(*others, table("a", "id", "created", "x"), table("a2", "id", "created"))
    right = catalog(*others, table("b", "id", "created", "y"), table("b2", "id", "created"))
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


def test_a_partition_is_known_by_its_bound() -> None:
    def one(name: str, bound: str) -> Catalog:
        inherits = ("public.log",)
        return catalog(item("table", None, "log"), item("table", None, name, "public",
                       inherits=inherits, partition_bound=f"FOR VALUES IN ({bound})"))  # fmt: skip

    [found] = compare(one("log1", "1"), one("first", "1"))
    assert (found.change, found.evidence[0]) == ("renamed", "same inherits and partition bound")
    assert {each.change for each in compare(one("log1", "1"), one("log2", "2"))} == {
        "added", "removed"
    }  # fmt: skip


def test_two_equal_tables_gone_and_come_are_not_guessed() -> None:
    left = catalog(table("qqq", "id", "a", "b"), table("www", "id", "a", "b"))
    right = catalog(table("xxx", "id", "a", "b"), table("yyy", "id", "a", "b"))
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


def test_a_great_many_equal_tables_are_not_told_apart_and_cost_nothing() -> None:
    left, right = (
        catalog(*(table(f"{prefix}{number}", "id", "a") for number in range(500)))
        for prefix in ("t", "xt")
    )
    begin = time.process_time()
    assert {one.change for one in compare(left, right)} == {"added", "removed"}
    assert time.process_time() - begin < 2


def test_a_renamed_schema_is_one_difference() -> None:
    def one(name: str) -> Catalog:
        objects = [item("schema", None, name)]
        for each in ("users", "pets"):
            objects += [
                item("table", None, each, name),
                item("column", each, "id", name, type="int"),
            ]
        objects.append(item("foreign key", "pets", "fk", name, target=f"{name}.users",
                            columns=("id",), target_columns=("id",)))  # fmt: skip
        return catalog(*objects)

    assert told(list(compare(one("old"), one("new")))) == [("renamed", "schema", "new", "old")]


# -- types, sequences and the rest --------------------------------------------------------------


def test_a_renamed_type_leaves_its_columns_as_they_were() -> None:
    def one(name: str) -> Catalog:
        return catalog(
            item("enum", None, name, "public", labels=("sad", "ok", "happy")),
            item("column", "users", "mood", "public", type=name, default=f"'ok'::{name}"),
            item("column", "users", "moods", "public", type=f"{name}[]", default=None),
        )

    [found] = compare(one("mood"), one("feeling"))
    assert told([found]) == [("renamed", "enum", "feeling", "mood")]
    assert found.evidence == ("3 of 3 labels alike", "the only enum gone and come",
                              "the same columns are of it")  # fmt: skip


def test_a_label_in_the_place_of_another_is_renamed() -> None:
    left, right = (catalog(item("enum", None, "mood", "public", labels=("sad", label, "happy")))
                   for label in ("ok", "fine"))  # fmt: skip
    [found] = compare(left, right)
    assert told([found]) == [("renamed", "enum value", "fine", "ok")]
    assert (found.label, found.evidence) == (
        "public.mood.fine",
        ("same place between sad and happy",),
    )


def test_a_renamed_label_is_followed_where_it_stands() -> None:
    def one(label: str, other: str = "x") -> Catalog:
        return catalog(
            item("enum", None, "Mo od", "public", labels=("sad", label, "happy")),
            item("column", "t", "m", "public", default=f"'{label}'::public.\"Mo od\""),
            item("check", "t", "ck", "public",
                 expression=f"(m = ANY (ARRAY['sad'::\"Mo od\", '{label}'::\"Mo od\"]))"),
            item("column", "t", "n", "public", default=f"'{other}'::text"),
        )  # fmt: skip

    assert told(list(compare(one("ok"), one("fine")))) == [("renamed", "enum value", "fine", "ok")]
    found = told(list(compare(one("ok", "ok"), one("fine", "fine"))))
    assert ("changed", "column", "n", None) in found


def test_labels_that_came_or_moved_are_no_renames() -> None:
    def one(*labels: str) -> Catalog:
        return catalog(item("enum", None, "e", labels=labels))

    [added] = compare(one("a", "b"), one("a", "x", "b"))
    assert (added.change, dict(added.properties)) == (
        "changed",
        {"labels": (("a", "b"), ("a", "x", "b"))},
    )
    [moved] = compare(one("a", "b", "c"), one("b", "a", "c"))
    assert (moved.kind, moved.change) == ("enum", "changed")
    renamed, more = compare(one("a", "b", "c"), one("a", "x", "c", "d"))
    assert {renamed.kind, more.kind} == {"enum value", "enum"}


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        ("view", "SELECT 1 AS one"),
        ("materialized view", "SELECT 1 AS one"),
        ("function", "CREATE FUNCTION public.{}(a integer) RETURNS integer AS $$SELECT 1$$"),
        ("rule", "CREATE RULE {} AS ON INSERT TO users DO NOTHING"),
    ],
)
def test_one_definition_under_another_name_is_renamed(kind: str, definition: str) -> None:
    end = "(a integer)" if kind == "function" else ""
    left, right = (
        catalog(item(kind, None, name + end, "public", definition=definition.format(name)))
        for name in ("old", "new")
    )
    [found] = compare(left, right)
    assert told([found]) == [("renamed", kind, f"new{end}", f"old{end}")]


def test_a_sequence_is_known_by_its_owner_or_its_name() -> None:
    def one(name: str, **properties: Property) -> Catalog:
        return catalog(item("sequence", None, name, "public", start=1, **properties))

    assert {one.change for one in compare(one("qwertz"), one("asdf"))} == {"added", "removed"}
    assert [one.change for one in compare(one("invoice_no"), one("invoice_nos"))] == ["renamed"]
    owned = compare(one("qwertz", owned_by="t.id"), one("asdf", owned_by="t.id"))
    assert [one.change for one in owned] == ["renamed"]


def test_what_is_granted_to_another_is_not_renamed() -> None:
    left, right = (catalog(item("privilege", "t", f"table t to {who}", privileges=("SELECT",)))
                   for who in ("anna", "berta"))  # fmt: skip
    assert {one.change for one in compare(left, right)} == {"added", "removed"}


# -- names that the server made up --------------------------------------------------------------


@pytest.mark.parametrize("side", [0, 1])
def test_a_name_that_the_server_made_up_is_cosmetic(side: int) -> None:
    left, right = (
        catalog(item("unique", "t", name, columns=("a",), server_named=number == side))
        for number, name in enumerate(("t_a_key", "uq_a"))
    )
    assert not compare(left, right)
    [found] = compare(left, right, cosmetic=True)
    assert (found.change, found.is_cosmetic) == ("renamed", True)


def test_a_name_that_people_gave_is_real() -> None:
    left, right = (catalog(item("unique", "t", name, columns=("a",), server_named=False))
                   for name in ("uq_b", "uq_a"))  # fmt: skip
    assert [one.change for one in compare(left, right)] == ["renamed"]


def test_whether_the_server_made_up_a_name_is_itself_no_difference() -> None:
    left, right = (catalog(item("unique", "t", "t_a_key", columns=("a",), server_named=made))
                   for made in (True, None))  # fmt: skip
    assert not compare(left, right, cosmetic=True)


def test_the_order_of_columns_is_one_cosmetic_difference() -> None:
    left, right = catalog(table("t", "a", "b", "c", "d")), catalog(table("t", "c", "a", "d", "b"))
    assert not compare(left, right)
    [found] = compare(left, right, cosmetic=True)
    assert (found.kind, found.name, found.is_cosmetic) == ("table", "t", True)
    assert dict(found.properties) == {"column order": (("a", "b", "c", "d"), ("c", "a", "d", "b"))}


def test_a_column_added_among_others_does_not_change_their_order() -> None:
    [found] = compare(
        catalog(table("t", "a", "b")), catalog(table("t", "a", "x", "b")), cosmetic=True
    )
    assert (found.change, found.name) == ("added", "x")
