"""Users and their addresses; nothing here knows where they are kept."""
