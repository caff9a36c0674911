"""The migrations themselves; their order is in `sync.store.migrations.REVISIONS`."""
