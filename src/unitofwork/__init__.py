"""The Repository and Unit of Work patterns over SQLAlchemy, with an in-memory twin."""
