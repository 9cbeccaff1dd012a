"""Errors of each database's driver, as ours: found by code, never by class or text."""
