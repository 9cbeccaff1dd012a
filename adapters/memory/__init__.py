"""The in-memory twin: committed rows in Python structures, and no SQL."""
