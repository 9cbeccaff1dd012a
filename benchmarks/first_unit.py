"""What the first unit of a process costs beside its later ones, with `warm_up` and without: in fresh processes.

The limit is that of the process that was warmed up. Each process opens a database that is there already, and does a
small unit (begin, get, change, commit) again and again.
"""

import argparse
import statistics
import subprocess
import sys
import time
from contextlib import closing

from alternately import Side, statements
from databases import fresh
from overhead import User, opened, small_unit, users_table
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, map_entity

LATER = 30


def ratio(url: str, warm: bool) -> tuple[float, int]:
    """Of this process: the first unit's time by that of the later ones, and how many statements a unit sends."""
    mapping = registry()
    map_entity(mapping, User, users_table(mapping))
    database = SqlAlchemyDatabase(url, mapping)
    if warm:
        database.warm_up()
    with closing(small_unit(database)) as works:
        work = next(works)
        times: list[float] = []
        for _ in range(1 + LATER):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        sent = len(statements(Side("unit of work", work, database.engine)))
    database.dispose()
    return times[0] / statistics.median(times[1:]), sent


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="how many processes of each kind")
    parser.add_argument("--at-most", type=float, default=2.0)
    parser.add_argument("--child", nargs=2, metavar=("URL", "WARM"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(*ratio(options.child[0], options.child[1] == "warm"))
        return 0
    with fresh("sqlite") as url:
        database = opened(url)  # stays open, as other processes have it, or the first commit would start its log anew
        sent = "no"
        found: dict[str, list[float]] = {"warm": [], "cold": []}
        for _ in range(options.rounds):
            for kind, ratios in found.items():
                command = [sys.executable, __file__, "--child", url.render_as_string(hide_password=False), kind]
                done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
                first, sent = done.stdout.split()
                ratios.append(float(first))
        database.dispose()
    warm, cold = (statistics.median(ratios) for ratios in found.values())
    print(f"first unit, SQLite: {warm:.2f} x a later one (at most {options.at_most:g}); {cold:.2f} x without warm_up")
    print(f"  {sent} statements each")
    return 1 if warm > options.at_most else 0


if __name__ == "__main__":
    sys.exit(main())
