"""One business transaction: the unit of work and its repositories, written once for every adapter."""
