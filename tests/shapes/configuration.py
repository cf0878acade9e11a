"""Shapes by their configuration: where the config is, and how env.py comes to its database."""

from __future__ import annotations

from tests.shapes.shape import PLACEHOLDER, Shape

__all__ = ["CONFIGURATION"]

CONFIGURATION = (
    Shape("generic", "a filter, its own version table, batch mode"),
    Shape(
        "url_environment",
        "the URL in an environment variable",
        environment={"LIBRARY_URL": PLACEHOLDER},
    ),
    Shape("url_dotenv", "the URL in `.env`, which the project reads itself"),
    Shape(
        "url_x_argument",
        "the URL in `-x url=…`",
        arguments={"x": [f"url={PLACEHOLDER}"]},
        command=("alembic", "-x", f"url={PLACEHOLDER}", "upgrade", "heads"),
    ),
)
