"""The words of persistence; they depend on the standard library and attrs alone."""
