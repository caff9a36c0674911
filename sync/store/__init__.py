"""The store: everything that is known, in SQLite or PostgreSQL, one schema for both.

Every row belongs to an owner, and no query crosses owners. Times are UTC.
"""
