"""A shop whose modules are wired to its container: as they should be, and with one mistake each."""
