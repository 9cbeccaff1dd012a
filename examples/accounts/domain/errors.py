"""What the rules of accounts refuse; each text is one line for the person who asked."""


class Refused(Exception):
    """The rules do not allow it."""


class Malformed(Refused):
    """A text is not what it should be."""
