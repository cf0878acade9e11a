"""A plugin of the project's own for Alembic's autogenerate: it wants every table to have a key."""

from alembic.util import PriorityDispatchResult


def check_keys(context, operations, schemas):
    for table in context.sorted_tables:
        if not table.primary_key.columns:
            raise ValueError(f"{table.name} has no primary key")
    return PriorityDispatchResult.CONTINUE


def setup(plugin):
    plugin.add_autogenerate_comparator(check_keys, "schema", "keys")
