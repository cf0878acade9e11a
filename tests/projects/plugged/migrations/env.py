"""Plugins of Alembic 1.18 and newer: one of its own, one of the project, one left out."""

import plugin
from alembic import context
from alembic.runtime.plugins import Plugin
from models import Base
from sqlalchemy import engine_from_config, pool

Plugin.setup_plugin_from_module(plugin, "people.keys")

section = context.config.get_section(context.config.config_ini_section, {})
engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "~alembic.autogenerate.comments",
            "alembic.ext.checkconstraint_byname",
            "people.*",
        ],
    )
    with context.begin_transaction():
        context.run_migrations()
