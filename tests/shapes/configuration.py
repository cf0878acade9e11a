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
    Shape("url_settings_class", "the URL a property of a settings class"),
    Shape("url_secrets_file", "the URL in a file of secrets"),
    Shape(
        "url_section",
        "the URL in a section that `-n` chooses",
        arguments={"section": "live"},
        command=("alembic", "-n", "live", "upgrade", "heads"),
    ),
    Shape(
        "url_interpolation",
        "`%(LIBRARY_URL)s` in the ini, filled by env.py",
        environment={"LIBRARY_URL": PLACEHOLDER},
    ),
    Shape(
        "metadata_list",
        "`target_metadata` is a list",
        revisions=3,
        heads=("c3",),
        tables=("entry", "person"),
    ),
    Shape("naming_convention", "a naming convention, and batch mode", revisions=3, heads=("c3",)),
    Shape("sqlmodel", "models of SQLModel"),
    Shape("date_folders", "revisions in folders by date, `file_template`, recursive"),
    Shape("in_package", "`script_location = package:migrations`"),
    Shape("in_package_src", "packages below `src`, `version_locations` in two of them"),
    Shape("pyproject_only", "`[tool.alembic]` alone, no ini"),
    Shape(
        "program_url",
        "no ini: the application sets the URL; `--script-location migrations`",
        config=None,
        arguments={"script_location": "migrations", "url": PLACEHOLDER},
        command=("@python", "migrate.py", PLACEHOLDER),
    ),
    Shape(
        "program_connection",
        "no ini: the application hands over connection and models; `--script-location "
        "library:migrations --metadata library.models:Base.metadata`",
        config=None,
        arguments={
            "script_location": "library:migrations",
            "metadata": "library.models:Base.metadata",
            "url": PLACEHOLDER,
        },
        command=("library.migrate", PLACEHOLDER),
    ),
    Shape(
        "program_ini",
        "the application sets the URL, the ini has the template's; `--url`",
        config=None,
        arguments={"url": PLACEHOLDER},
        command=("@python", "migrate.py", PLACEHOLDER),
    ),
)
