"""What can be done with accounts: each function is one business transaction, or a series of them."""
