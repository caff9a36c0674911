"""How Alembic runs here: on the connection that the store hands in, in its transaction."""

from alembic import context

from sync.store.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
