"""The table of shapes in docs/shapes.md, made of what the tests hold each shape to.

To write it anew: ``python -m tests.shapes.document``.
"""

from __future__ import annotations

from pathlib import Path

from tests.shapes.declared import SHAPES
from tests.shapes.shape import FUNCTIONS, Shape

PATH = Path(__file__).resolve().parents[2] / "docs" / "shapes.md"

_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}

_HEAD = """\
# Shapes of projects

What an Alembic project can look like, and what of the workbench works with it, unchanged. Each row
is a whole small project in `tests/projects/`. Each is taken through all functions on each of its
databases, by `tests/shapes/`, which also holds that the project and its database are the same
afterwards:

- *history*: the revisions, the heads, and where the database stands;
- *timeline*: the revisions are replayed, and the schema at the heads is the right one;
- *models*: they are created on an empty database, and are the same tables;
- *drift*: none in a database at the heads; a column added by hand is told, alone, with its cause;
- *rehearsal*: down, up and down to the bottom, on a copy with rows.

✓ is green on all databases that are named.

"""


def document() -> str:
    """All of docs/shapes.md."""
    head = ["shape", "what it is", *FUNCTIONS, "databases"]
    rows = [head, ["---"] * len(head), *(_row(shape) for shape in SHAPES)]
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(shape: Shape) -> list[str]:
    told = [shape.limits.get(name, "✓") for name in FUNCTIONS]
    databases = ", ".join(_NAMES[kind] for kind in shape.kinds)
    return [f"`{shape.name}`", shape.about, *told, databases]


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
