"""How accounts are kept, read from elsewhere, and written for others."""
