"""Many rows at once, written to the store without entities."""
