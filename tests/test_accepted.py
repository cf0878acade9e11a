"""Agreed differences leave the verdict, by a file that is strict about what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from schema.accepted import FILE_NAME, append, judge, read_accepted
from schema.compare import Difference
from schema.errors import ConfigError

TODAY = date(2026, 3, 1)


@dataclass(frozen=True)
class Folder:
    """As much of a project as the file of accepted drift needs."""

    root: Path


@pytest.fixture
def project(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def written(project: Folder, text: str) -> Folder:
    (project.root / FILE_NAME).write_text(text, encoding="utf-8")
    return project


def column(name: str, properties: Mapping[str, object] | None = None) -> Difference:
    change = "changed" if properties else "added"
    pairs = {key: ("old", value) for key, value in (properties or {}).items()}
    return Difference("column", "public", "users", name, change, pairs)


def entry(**values: str) -> str:
    lines = [f"{key} = {value}" for key, value in {"reason": '"agreed"', **values}.items()]
    return "\n".join(["[[accepted]]", *lines, ""])


def test_a_project_without_the_file_has_accepted_nothing(project: Folder) -> None:
    assert read_accepted(project) == ()


def test_a_byte_order_mark_is_no_part_of_the_file(project: Folder) -> None:
    written(project, "\ufeff" + entry(object='"column public.users.key"'))
    append(project, column("other"), "too")
    assert [item.number for item in read_accepted(project)] == [1, 2]


def test_a_named_object_is_accepted_with_its_reason(project: Folder) -> None:
    entries = read_accepted(written(project, entry(object='"column public.users.key"')))
    found = judge(entries, [column("key"), column("other")], TODAY)
    assert [item.name for item in found.real] == ["other"]
    assert [(item.name, item.accepted) for item in found.accepted] == [("key", "agreed")]
    assert found.stale == found.ran_out == ()


@pytest.mark.parametrize("pattern", ["column public.users.*", "* public.users.*", "*.ke?"])
def test_a_pattern_may_be_a_glob(project: Folder, pattern: str) -> None:
    entries = read_accepted(written(project, entry(object=f'"{pattern}"')))
    assert [item.name for item in judge(entries, [column("key")], TODAY).accepted] == ["key"]


def test_the_kind_counts_too(project: Folder) -> None:
    entries = read_accepted(written(project, entry(object='"index public.users.key"')))
    assert judge(entries, [column("key")], TODAY).accepted == ()


def test_a_name_that_looks_like_a_glob_is_found_as_it_is(project: Folder) -> None:
    append(project, column("a[b]*"), "agreed")
    entries = read_accepted(project)
    assert [item.name for item in judge(entries, [column("a[b]*")], TODAY).accepted] == ["a[b]*"]


def test_a_renamed_object_is_found_by_either_name(project: Folder) -> None:
    renamed = Difference("index", None, "t", "new", "renamed", renamed_from="old")
    for name in ("new", "old"):
        entries = read_accepted(written(project, entry(object=f'"index t.{name}"')))
        assert len(judge(entries, [renamed], TODAY).accepted) == 1


def test_one_property_leaves_the_others_where_they_are(project: Folder) -> None:
    text = entry(object='"column public.users.key"', property='"type"')
    both = column("key", {"type": "text", "nullable": True})
    found = judge(read_accepted(written(project, text)), [both, column("new")], TODAY)
    assert [list(item.properties) for item in found.accepted] == [["type"]]
    assert [(item.name, list(item.properties)) for item in found.real] == [
        ("key", ["nullable"]),
        ("new", []),
    ]


def test_an_entry_holds_on_its_last_day_and_not_after(project: Folder) -> None:
    text = entry(object='"column public.users.key"', until="2026-03-01")
    entries = read_accepted(written(project, text))
    assert len(judge(entries, [column("key")], TODAY).accepted) == 1
    late = judge(entries, [column("key")], date(2026, 3, 2))
    assert [item.name for item in late.real] == ["key"]
    assert late.ran_out == (
        "drift-accepted.toml, entry 1 (column public.users.key) ran out on 2026-03-01: "
        "repair the difference, or agree to it anew",
    )


def test_an_entry_that_another_one_covers_too_is_not_called_stale(project: Folder) -> None:
    text = entry(object='"column public.*"') + entry(object='"column public.users.key"')
    found = judge(read_accepted(written(project, text)), [column("key")], TODAY)
    assert len(found.accepted) == 1
    assert found.stale == ()


def test_an_entry_that_applies_to_nothing_is_told(project: Folder) -> None:
    entries = read_accepted(written(project, entry(object='"column public.users.gone"')))
    assert judge(entries, [], TODAY).stale == (
        "drift-accepted.toml, entry 1 (column public.users.gone) applies to nothing any more: "
        "take it out",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[accepted", "is no TOML"),
        ("a = " + "[" * 9999, "nested too deeply"),
        ("[[ignored]]\n", "ignored means nothing here"),
        ("accepted = 3\n", "begin each with"),
        (entry(), "entry 1: 'object' is missing"),
        ('[[accepted]]\nobject = "column a.b"\n', "entry 1: 'reason' is missing"),
        (entry(object='"column a.b"', reason='" "'), "entry 1: 'reason' is ' '"),
        (entry(object='"a.b"'), "entry 1: 'a.b' names no kind"),
        (entry(object='"column a.b"', untill="2026-01-01"), "entry 1: untill is unknown"),
        (entry(object='"column a.b"', until='"soon"'), "entry 1: 'until' is 'soon'"),
        (entry(object='"column a.b"', property="3"), "entry 1: 'property' is 3"),
        (entry(object='"column a.b"') + entry(object="1"), "entry 2: 'object' is 1"),
    ],
)
def test_what_is_not_understood_is_refused_by_entry(
    project: Folder, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read_accepted(written(project, text))
    assert FILE_NAME in str(caught.value)


def test_an_entry_is_added_and_comments_stay(project: Folder) -> None:
    written(project, "# ours\n" + entry(object='"column a.b"') + "# the end")
    path = append(
        project,
        column("key", {"type": "text", "nullable": True}),
        'for "the"\nimport \x7f',
        date(2026, 5, 31),
        properties=["type"],
    )
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ours\n")
    assert "# the end\n" in text
    added = read_accepted(project)[1]
    assert (added.object, added.properties) == ("column public.users.key", ("type",))
    assert (added.reason, added.until) == ('for "the"\nimport \x7f', date(2026, 5, 31))


def test_the_first_entry_makes_the_file(project: Folder) -> None:
    assert append(project, column("key"), "agreed") == project.root / FILE_NAME
    assert len(read_accepted(project)) == 1


def test_a_file_that_takes_no_further_entry_is_left_alone(project: Folder) -> None:
    text = 'accepted = [{object = "column a.b", reason = "agreed"}]\n'
    with pytest.raises(ConfigError):
        append(written(project, text), column("key"), "agreed")
    assert (project.root / FILE_NAME).read_text() == text


def test_no_entry_is_made_without_a_reason_or_for_what_does_not_differ(project: Folder) -> None:
    with pytest.raises(ConfigError, match="Say why"):
        append(project, column("key"), " ")
    with pytest.raises(ConfigError, match=r"default does not differ there; what does: type"):
        append(project, column("key", {"type": "text"}), "agreed", properties=["default"])
    assert not (project.root / FILE_NAME).exists()
