"""A process that kills itself while it commits: ``python -m integration.binds.dying USERS ORDERS EVENT NUMBER``.

It renames the user that is there, adds an order, and dies when the event happens for the given number of times, before
what the event announces.
"""

import os
import signal
import sys

from sqlalchemy import event

from integration.binds.shop import Line, Order, Shop, mapping
from unitofwork import SqlAlchemyDatabase


def main(users: str, orders: str, name: str, number: str) -> None:
    database = SqlAlchemyDatabase(users, mapping(), binds={Order: orders, Line: orders}, twophase=True)
    happened = 0

    def die(*_: object) -> None:
        nonlocal happened
        happened += 1
        if happened == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    for engine in database.engines:
        event.listen(engine, name, die)
    with Shop(database) as uow:
        sandy = uow.users.find_one(name="sandy")
        sandy.name = "sandy squirrel"
        uow.orders.add(Order(2, sandy))
        uow.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
