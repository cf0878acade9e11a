"""Which tables belong together: by the first word of their names, then by what they refer to."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from schema.diagram.values import DiagramTable, Group, Relation

__all__ = ["group"]

#: So many tables whose names begin alike are a group.
_LEAST = 3
#: A group of more tables than this is divided.
_MOST = 30
#: A first word that this share of all tables has tells nothing, and the second one counts.
_COMMON = 0.6
#: A table that as many groups refer to belongs to none of them.
_SHARED = 3


def group(tables: Sequence[DiagramTable], relations: Sequence[Relation]) -> tuple[Group, ...]:
    """Groups that hold every table once, in the order of their names.

    What no name puts into a group goes where most of its relations lead, unless many groups refer
    to it; the rest is divided by what is related at all.
    """
    names = {table.label: table for table in tables}
    found = _by_word(tables)
    placed = {label: name for name, labels in found.items() for label in labels}
    near = _neighbours(relations)
    for label in sorted(names.keys() - placed.keys()):
        home = _home(near[label], placed)
        if home is not None:
            found[home].append(label)
    rest = names.keys() - {label for labels in found.values() for label in labels}
    many = {label for label in rest if len(_homes(near[label], placed)) >= _SHARED}
    if many:
        found[_MANY] += sorted(many)
    rest -= many
    for name, labels in _connected(sorted(rest), near):
        found[name] += labels
    pieces = [piece for name, labels in found.items() for piece in _pieces(name, sorted(labels))]
    return tuple(sorted(pieces, key=lambda each: (_LATE.get(each.name, 1), each.name)))


_OTHERS = "others"
_MANY = "referred to by many"
_LATE = {_MANY: 0, _OTHERS: 2}


def _by_word(tables: Sequence[DiagramTable]) -> dict[str, list[str]]:
    """The groups of tables whose schema and first word are the same."""
    words = {table.label: _words(table) for table in tables}
    while True:
        counts = Counter(each[0] for each in words.values() if len(each) > 1)
        word, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if len(tables) <= _LEAST or count < _COMMON * len(tables):
            break
        words = {
            label: [f"{each[0]}{each[1]}", *each[2:]] if each[0] == word and len(each) > 1 else each
            for label, each in words.items()
        }
    found: dict[str, list[str]] = defaultdict(list)
    for label, each in words.items():
        found[each[0]].append(label)
    kept = {word: labels for word, labels in found.items() if len(labels) >= _LEAST}
    return defaultdict(list, kept)


def _words(table: DiagramTable) -> list[str]:
    """``["sales.", "order", "line"]`` of ``sales.order_line``: schemas are told apart first."""
    words = [each for each in re.split(r"[_\W]+|(?<=[a-z0-9])(?=[A-Z])", table.name) if each]
    schema_name = table.label.removesuffix(table.name)
    return [schema_name + (words[0].lower() if words else table.name), *words[1:]]


def _neighbours(relations: Sequence[Relation]) -> Mapping[str, set[str]]:
    near: dict[str, set[str]] = defaultdict(set)
    for each in relations:
        if each.table != each.target:
            near[each.table].add(each.target)
            near[each.target].add(each.table)
    return near


def _homes(near: set[str], placed: Mapping[str, str]) -> Counter[str]:
    return Counter(placed[label] for label in sorted(near) if label in placed)


def _home(near: set[str], placed: Mapping[str, str]) -> str | None:
    """The group that has most of these tables; None when many have some, or none has most."""
    counts = _homes(near, placed)
    if not counts or len(counts) >= _SHARED:
        return None
    [(name, most), *others] = counts.most_common()
    return name if not others or most > others[0][1] else None


def _connected(
    labels: Sequence[str], near: Mapping[str, set[str]]
) -> Iterator[tuple[str, list[str]]]:
    """What is related among these tables, called by the one that most is related to."""
    left = dict.fromkeys(labels)
    while left:
        queue = [next(iter(left))]
        del left[queue[0]]
        for label in queue:
            new = sorted(near[label] & left.keys())
            queue += new
            for each in new:
                del left[each]
        if len(queue) < _LEAST:
            yield _OTHERS, queue
        else:
            yield max(queue, key=lambda label: (len(near[label]), label)), queue


def _pieces(name: str, labels: Sequence[str]) -> Iterator[Group]:
    """The group, or several of one size when it has too many tables to be read."""
    count = -(-len(labels) // _MOST)
    size = -(-len(labels) // count) if count else 0
    for number in range(count):
        called = name if count == 1 else f"{name} ({number + 1} of {count})"
        yield Group(called, tuple(labels[number * size : (number + 1) * size]))
