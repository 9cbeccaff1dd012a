"""SQLAlchemy's session as a unit of work uses it, whatever it runs on: entities, their states, what they cascade to."""
