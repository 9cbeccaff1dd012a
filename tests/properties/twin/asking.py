"""Operations that ask for entities, and that write many rows at once."""

from typing import Any

from properties.twin.hand import Arguments, Hand
from properties.twin.kinds import Kind
from properties.twin.questions import LOCKS, key_of, question


def get(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    ask = repository.get_one if arguments.get("one") else repository.get
    lock = LOCKS[arguments["lock"]] if "lock" in arguments else None
    return hand.named(ask(key_of(hand.world, kind, arguments["key"]), lock=lock))


def find(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    options = question(hand.world, kind, arguments, hand.number)
    return hand.found(repository.find(*hand.condition(kind, arguments), **options), arguments)


def find_one(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return hand.named(repository.find_one(*hand.condition(kind, arguments)))


def first(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    options = question(hand.world, kind, arguments, hand.number)
    return hand.named(repository.first(*hand.condition(kind, arguments), **options))


def pages(hand: Hand, arguments: Arguments) -> object:
    """All pages of an answer, one after the other."""
    repository, kind = hand.repository(arguments)
    options = question(hand.world, kind, arguments, hand.number)
    found: list[object] = []
    after = None
    while not found or after is not None:
        page = repository.page(*hand.condition(kind, arguments), size=arguments["size"], after=after, **options)
        found.append(hand.found(list(page), {"order": True}))
        after = page.next
    return found


def stream(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    options = question(hand.world, kind, arguments, hand.number)
    return hand.found(list(repository.stream(*hand.condition(kind, arguments), **options)), arguments)


def count(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.count(*hand.condition(kind, arguments))


def exists(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.exists(*hand.condition(kind, arguments))


def _row(hand: Hand, kind: Kind, written: Arguments) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in written.items():
        if isinstance(value, str):  # the name of an entity whose key it is
            row[name] = key_of(hand.world, kind, value)
        else:
            row[name] = kind.palettes[name][value]
    return row


def insert_many(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.insert_many([_row(hand, kind, each) for each in arguments["rows"]])


def upsert_many(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.upsert_many([_row(hand, kind, each) for each in arguments["rows"]], key=arguments.get("by"))


def update_where(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.update_where(*hand.condition(kind, arguments), **_row(hand, kind, arguments["values"]))


def delete_where(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    return repository.delete_where(*hand.condition(kind, arguments))
