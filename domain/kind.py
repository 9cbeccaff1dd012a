"""What kind of thing a caller gave, for texts that never hold the value itself."""


def kind(value: object) -> str:
    """Of which type a value is, or which class it is: "of type str", "the class Book"."""
    return f"the class {value.__name__}" if isinstance(value, type) else f"of type {type(value).__name__}"


def one(value: object) -> str:
    """The same where something else was to be taken: "one of type str", "the class Book"."""
    return kind(value) if isinstance(value, type) else f"one {kind(value)}"


def cure(value: object, otherwise: str) -> str:
    """What to do instead of giving the value: to call a function, where its call was forgotten."""
    return "call it, and give what it returns" if callable(value) and not isinstance(value, type) else otherwise
