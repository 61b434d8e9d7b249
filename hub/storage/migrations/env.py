"""Alembic runs this file: the migrations use the connection that `migrate` passes in, inside its transaction."""

from alembic import context

from hub.storage.tables import metadata

connection = context.config.attributes["connection"]
# render_as_batch: SQLite cannot alter a column, so Alembic copies the table
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
context.run_migrations()
