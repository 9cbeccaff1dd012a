"""How it is kept: databases, drivers and the in-memory twin."""
