"""Import people, a batch of lines at a time, in memory that does not grow with their number."""

from collections.abc import Callable, Iterable, Iterator

import attrs

from accounts.domain.errors import Malformed
from accounts.domain.line import Line, Person, parse
from accounts.domain.user import Address, User
from accounts.service_layer.batches import batches
from accounts.service_layer.unit_of_work import Accounts


@attrs.define
class Summary:
    """What became of the lines; each is malformed, known, or added an address. Blank lines do not count."""

    lines: int = 0
    users: int = 0
    addresses: int = 0
    known: int = 0
    malformed: int = 0


def import_people(
    uow: Accounts,
    lines: Iterable[Line],
    *,
    batch: int = 1000,
    strict: bool = False,
    on_malformed: Callable[[Line, Malformed], None] = lambda line, error: None,
    on_batch: Callable[[Summary], None] = lambda so_far: None,
) -> Summary:
    """Keep the people that the lines name. Lines that were imported before change nothing.

    A name that is known gets its new addresses. An address that is known stays with whoever has it. Malformed lines are
    left out.

    Args:
        uow: the unit; it is committed after each batch.
        lines: one person each.
        batch: how many lines are kept together.
        strict: keep all lines together, and nothing if one of them is malformed.
        on_malformed: called for each malformed line.
        on_batch: called after each batch.
    """
    so_far = Summary()
    with uow:
        for some in batches(_not_blank(lines), batch):
            people = list(_parsed(some, on_malformed))
            so_far.lines += len(some)
            so_far.malformed += len(some) - len(people)
            if strict and so_far.malformed:
                uow.rollback()
                so_far = Summary(lines=so_far.lines, malformed=so_far.malformed)
            else:
                _keep(uow, people, so_far)
                uow.flush() if strict else uow.commit()
                uow.expunge_all()
            on_batch(so_far)
        uow.commit()
    return so_far


def _not_blank(lines: Iterable[Line]) -> Iterator[Line]:
    return (line for line in lines if line.text.strip())


def _parsed(lines: Iterable[Line], on_malformed: Callable[[Line, Malformed], None]) -> Iterator[Person]:
    for line in lines:
        try:
            yield parse(line.text)
        except Malformed as error:
            on_malformed(line, error)


def _keep(uow: Accounts, people: list[Person], so_far: Summary) -> None:
    """Add what is new, after asking once what is not."""
    known = uow.addresses.known({person.email_address for person in people})
    users = uow.users.by_name({person.name for person in people if person.email_address not in known})
    for person in people:
        if person.email_address in known:
            so_far.known += 1
            continue
        user = users.get(person.name)
        if user is None:
            user = users[person.name] = User(person.name, person.fullname)
            uow.users.add(user)
            so_far.users += 1
        # Not by user.add_address(), which would read all that the user has; it is new, as was just asked.
        uow.addresses.add(Address(person.email_address, user))
        known.add(person.email_address)
        so_far.addresses += 1
