"""How it is reached: wiring, command line, test fixtures and web frameworks."""
