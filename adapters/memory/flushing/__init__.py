"""Flushing what most units change, in one pass; whatever else there is, SQLAlchemy's own unit of work flushes."""
