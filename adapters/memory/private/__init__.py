"""What the twin uses of SQLAlchemy that is not public: here, so that a new release breaks in one known place.

What it shares with the SQL adapter is in `adapters.session`.
"""
