"""The labels of an enum: renamed ones told apart from added, dropped and moved ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from schema.catalog.objects import SchemaObject
from schema.compare.difference import Difference, Pair

__all__ = ["changes", "renamed_labels"]


def changes(
    right: SchemaObject, unlike: Mapping[str, Pair]
) -> Iterator[tuple[SchemaObject, Difference]]:
    """The differences of one enum: each renamed label, of kind ``enum value``, and what is left.

    A label is renamed when another one stands in its very place, and the labels about it are the
    same. PostgreSQL can rename a label but cannot drop one, so that says much.
    """
    rest = dict(unlike)
    pair = rest.get("labels", ((), ()))
    if isinstance(pair[0], tuple) and isinstance(pair[1], tuple):
        renamed = list(renamed_labels(pair[0], pair[1]))
        for old, new, place in renamed:
            yield right, _difference(right, old, new, place, len(renamed))
        names = {old: new for old, new, _ in renamed}
        followed = tuple(names.get(label, label) for label in pair[0])
        rest["labels"] = (followed, pair[1])
        if followed == pair[1]:
            del rest["labels"]
    if rest:
        yield right, Difference(*right.identity, "changed", rest)


def renamed_labels(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Old and new label of each that was renamed, and where it stands in words."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "replace" or end - start != last - first:
            continue
        olds, news = left[start:end], right[first:last]
        if set(olds) & set(right) or set(news) & set(left):
            continue  # moved, not renamed
        for number, (old, new) in enumerate(zip(olds, news, strict=True)):
            yield old, new, _place(right, first + number)


def _place(labels: Sequence[str], number: int) -> str:
    before, after = labels[:number], labels[number + 1 :]
    if before and after:
        return f"same place between {before[-1]} and {after[0]}"
    if not (before or after):
        return "the only label"
    return f"same place after {before[-1]}" if before else f"same place before {after[0]}"


def _difference(right: SchemaObject, old: str, new: str, place: str, count: int) -> Difference:
    return Difference(
        "enum value",
        right.schema_name,
        right.name,
        new,
        "renamed",
        {"name": (old, new)},
        renamed_from=old,
        evidence=(place,),
        # The more labels at once, the likelier somebody made the type anew.
        confidence=round(max(0.9 - 0.1 * (count - 1), 0.5), 2),
    )
