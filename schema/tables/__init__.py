"""Tables and the models of them: what each is for, how it hangs together, what it holds.

What the database says stands beside what the models say, and where the two disagree is told.
"""

from __future__ import annotations

from schema.tables.asking import Searcher, project_documentation
from schema.tables.documentation import Documentation, documentation_of
from schema.tables.figures import Figures
from schema.tables.models import Models, read_models
from schema.tables.page import TablePage
from schema.tables.reading import read_structure, table_page
from schema.tables.sample import Sample
from schema.tables.search import Found, Index, search

__all__ = [
    "Documentation",
    "Figures",
    "Found",
    "Index",
    "Models",
    "Sample",
    "Searcher",
    "TablePage",
    "documentation_of",
    "project_documentation",
    "read_models",
    "read_structure",
    "search",
    "table_page",
]
