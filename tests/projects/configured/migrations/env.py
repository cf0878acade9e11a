"""An env.py that has grown for years: nearly every option of context.configure() is used."""

import logging

from alembic import context
from alembic.operations import ops
from shop.models import Base
from shop.types import Money
from sqlalchemy import engine_from_config, pool

config = context.config
log = logging.getLogger("migrations")


def include_object(item, name, kind, reflected, compare_to):
    """Tables of others, and what is marked as not ours."""
    if kind == "table":
        return not name.startswith("legacy_") and not item.info.get("skip")
    return True


def include_name(name, kind, parents):
    return not (kind == "table" and name.endswith("_backup"))


def compare_type(ctx, inspected, modelled, inspected_type, modelled_type):
    """Money is an integer in every database."""
    return False if isinstance(modelled_type, Money) else None


def compare_server_default(ctx, inspected, modelled, inspected_default, modelled_default, rendered):
    """How a database writes a boolean's default is its own affair."""
    return False if modelled.name == "is_active" else None


def render_item(kind, item, autogen_context):
    if kind == "type" and isinstance(item, Money):
        autogen_context.imports.add("from shop.types import Money")
        return "Money()"
    return False


def process_revision_directives(ctx, revision, directives):
    """No empty revisions; and new columns go in before anything is dropped."""
    script = directives[0]
    if getattr(config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives[:] = []
        return
    script.upgrade_ops.ops.sort(key=lambda each: isinstance(each, ops.DropTableOp))


def on_version_apply(*, ctx, step, heads, run_args, **others):
    log.info("%s -> %s", step.source_revision_ids, step.destination_revision_ids)


engine = engine_from_config(
    config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table="shop_migrations",
        version_table_pk=False,
        include_object=include_object,
        include_name=include_name,
        compare_type=compare_type,
        compare_server_default=compare_server_default,
        render_item=render_item,
        process_revision_directives=process_revision_directives,
        on_version_apply=on_version_apply,
        user_module_prefix="types.",
        sqlalchemy_module_prefix="sa.",
        alembic_module_prefix="op.",
        render_as_batch=True,
        transaction_per_migration=True,
        upgrade_token="up",
        downgrade_token="down",
        opts={"owner": "shop"},
    )
    with context.begin_transaction():
        context.run_migrations(owner="shop")
