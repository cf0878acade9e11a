"""How many random schemas are tried: few and always the same ones, unless more are asked for.

``SCHEMA_TEST_EXAMPLES=2000 pytest tests/properties`` looks for new ones, 2,000 for each test.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]

settings.register_profile(
    "few", derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile(
    "many",
    max_examples=int(os.environ.get("SCHEMA_TEST_EXAMPLES", "1")),
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.load_profile("many" if "SCHEMA_TEST_EXAMPLES" in os.environ else "few")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for more examples has the time for them."""
    if "SCHEMA_TEST_EXAMPLES" in os.environ:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))
