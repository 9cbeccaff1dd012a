"""How accounts are reached: the wiring and the command line."""
