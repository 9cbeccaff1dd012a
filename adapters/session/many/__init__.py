"""Many rows at once: which columns they fill, checked against the mapping, and written without making entities."""
