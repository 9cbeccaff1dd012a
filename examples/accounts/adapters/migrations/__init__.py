"""How the tables of a database that is in use are brought up to date, by Alembic."""
