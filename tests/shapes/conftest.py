"""A copy of a project of each shape, with a live database that its own people made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from tests.shapes.shape import Shape
    from tests.shapes.visit import Visit

pytest.register_assert_rewrite("tests.shapes.shape", "tests.shapes.visit")


@pytest.fixture
def visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[[Shape, str], Visit]]:
    """Makes a visit to a shape on one kind of database. Its project is closed after the test."""
    from tests.shapes.visit import Visit, live_url, opened

    visits: list[Visit] = []

    def make(shape: Shape, kind: str) -> Visit:
        monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
        server = "sqlite:///" if kind == "sqlite" else request.getfixturevalue(f"{kind}_url")
        url = shape.url(kind, make_url(server))
        folder = shape.copy(tmp_path / "project", url)
        for name, value in shape.variables(url).items():
            monkeypatch.setenv(name, value)
        if shape.config is None:
            monkeypatch.chdir(folder)
        live = live_url(shape, kind, folder, server)
        made = Visit(shape, kind, folder, opened(shape, folder, url), live)
        visits.append(made)
        if shape.prepare.get(kind):
            made.run(*shape.prepare[kind])
        shape.upgrade(folder, url)
        made.run(shape.rows)
        return made

    yield make
    for made in visits:
        made.project.close()
