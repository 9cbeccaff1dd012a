"""What the world does to the program: each fault is one line and an exit code, and leaves whole batches or none."""

import fcntl
import os
import pty
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from accounts.adapters.faults import waiting_may_help
from accounts.adapters.orm import map_accounts
from accounts.domain.line import Line
from accounts.service_layer import services
from accounts.service_layer.importing import import_people
from accounts.service_layer.unit_of_work import Accounts
from integration.accounts.conftest import Run, Start, unheard
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import DatabaseUnavailable

BATCH = 50


def people(number: int, of: int | None = None) -> Iterator[str]:
    """Lines of that many people, or of the same ones again and again."""
    return (f"Person {n} <person{n}@example.org>\n" for n in (i % (of or number) for i in range(number)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "people.txt"
    made.write_text("".join(people(40 * BATCH)))
    return made


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT u.id, name, fullname, a.id, email_address FROM users u LEFT JOIN addresses a ON u.id = user_id"
        return connection.execute(f"{query} ORDER BY u.id, a.id").fetchall()


def addresses(path: Path) -> int:
    """How many addresses are kept; none before there is a table."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            number: int = connection.execute("SELECT count(*) FROM addresses").fetchone()[0]
            return number
    except sqlite3.OperationalError:
        return 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


# --- interrupted ----------------------------------------------------------------------------------------------------


def test_an_import_that_is_killed_again_and_again_ends_as_if_undisturbed(
    run: Run, start: Start, file: Path, path: Path
) -> None:
    def started_and_killed(before: int) -> int:
        process = start("import", file, "--batch", BATCH)
        wait_until(lambda: addresses(path) > before or process.poll() is not None)
        time.sleep(random.uniform(0, 0.05))
        process.kill()
        process.wait()
        return addresses(path)

    kept, kills = 0, 0
    while kept < 40 * BATCH and kills < 5:
        kept, kills = started_and_killed(kept), kills + 1
        assert kept % BATCH == 0, "a part of a batch was kept"
    assert kills > 1
    assert run("import", file, "--batch", BATCH).exit_code == 0
    disturbed = rows(path)
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    run("import", file, "--batch", BATCH)
    assert disturbed == rows(path)


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_an_import_after_whole_batches(
    start: Start, path: Path, number: signal.Signals, exit_code: int
) -> None:
    def heed() -> None:
        """Tests that run in the background are started with the signal ignored, and so is what they start."""
        signal.signal(number, signal.SIG_DFL)

    process = start("import", "--batch", 2, prepare=heed)
    assert process.stdin is not None
    process.stdin.write("".join(people(5)).encode())
    process.stdin.flush()
    wait_until(lambda: addresses(path) == 4)
    process.send_signal(number)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (exit_code, b"accounts: interrupted\n")
    assert addresses(path) == 4


_SWALLOWING = """
import os, signal, weakref
from accounts import __main__
from accounts.entrypoints import cli

def end() -> None:
    o = set()
    alive = weakref.ref(o, lambda _: signal.raise_signal(signal.SIGINT))
    del o
    print("it went on")

cli.cli = lambda **_: end()
signal.signal(signal.SIGINT, signal.default_int_handler)
__main__.main()
"""


def test_ctrl_c_ends_the_program_also_where_python_discards_exceptions() -> None:
    result = subprocess.run([sys.executable, "-c", _SWALLOWING], capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (130, b"", b"accounts: interrupted\n")


def test_a_signal_that_is_ignored_stays_ignored(start: Start, path: Path) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start("import", "--batch", 1, prepare=ignore)
    assert process.stdin is not None
    process.stdin.write("".join(people(2)).encode())
    process.stdin.flush()
    wait_until(lambda: addresses(path) > 0)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    assert (process.returncode, addresses(path)) == (0, 2)


@pytest.mark.parametrize(
    ("number", "command"), [(1, ["export"]), (5000, ["export"]), (1, ["find", ""]), (1, ["stats"])]
)
def test_a_reader_who_has_enough_ends_the_program_quietly(
    run: Run, start: Start, number: int, command: list[str]
) -> None:
    run("import", stdin="".join(people(number)).encode())
    process = start(*command)
    assert process.stdout is not None
    if number > 1:
        process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 141


@pytest.mark.parametrize(
    "command",
    [
        ["export"],
        ["find", ""],
        ["stats"],
        ["--help"],
        ["export", "--output", "/dev/full"],
    ],
)
def test_an_output_that_is_full_is_one_line_and_means_try_again(run: Run, start: Start, command: list[str]) -> None:
    run("import", stdin="".join(people(5)).encode())
    with open("/dev/full", "wb") as full:
        process = start(*command, stdout=full)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (75, b"accounts: No space left on device\n")


@pytest.mark.parametrize("command", [["export"], ["find", ""], ["stats"], ["add", "Gary"], ["--help"]])
def test_an_output_that_is_closed_is_one_line_and_changes_nothing(start: Start, path: Path, command: list[str]) -> None:
    process = start(*command, prepare=lambda: os.close(1))
    _, errors = process.communicate()
    assert (process.returncode, errors) == (1, b"accounts: the standard output is closed\n")
    assert not path.exists()


def test_an_import_needs_no_standard_error(start: Start, path: Path) -> None:
    process = start("import", prepare=lambda: os.close(2))
    process.communicate(b"nobody\nSandy Cheeks <sandy@example.org>\n")
    assert (process.returncode, addresses(path)) == (1, 1)


def test_an_input_that_is_closed_is_one_line(start: Start) -> None:
    process = start("import", prepare=lambda: os.close(0))
    assert process.communicate()[1] == b"accounts: the standard input is closed\n"
    assert process.returncode == 1


# --- the database ---------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(run: Run, path: Path) -> Iterator[Path]:
    """A database with one user, whose lock another connection holds."""
    run("add", "Sandy Cheeks")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield path


def test_a_database_that_stays_locked_means_try_again(run: Run, locked: Path) -> None:
    result = run("--database", f"sqlite:///{locked}?timeout=0.1", "add", "Patrick Star")
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr == "accounts: another transaction held the database's lock for too long\n"


def test_a_locked_database_can_be_read(run: Run, locked: Path) -> None:
    assert run("find", "sandy").stdout == "Sandy Cheeks\n"
    assert run("export").stdout == "name,fullname,email_address\nsandy.cheeks,Sandy Cheeks,\n"


def test_a_file_that_may_grow_no_more_means_try_again_and_keeps_whole_batches(
    run: Run, start: Start, file: Path, path: Path
) -> None:
    run("stats")
    limit = 300_000
    process = start(
        "import",
        file,
        "--batch",
        BATCH,
        prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    output, errors = process.communicate()
    assert (process.returncode, output) == (75, b"")
    assert errors == b"accounts: the disk could not be read or written\n"
    assert addresses(path) in range(BATCH, 40 * BATCH, BATCH)
    assert run("import", file, "--batch", BATCH).exit_code == 0
    assert addresses(path) == 40 * BATCH


def test_a_full_disk_keeps_the_batches_before_and_may_pass() -> None:
    database = SqlAlchemyDatabase("sqlite://", map_accounts())
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 20"))
    database.create_schema()
    with pytest.raises(DatabaseUnavailable, match="full") as caught:
        import_people(unheard(database), (Line("", text) for text in people(40 * BATCH)), batch=BATCH)
    assert waiting_may_help(caught.value)
    assert services.stats(Accounts(database)).addresses in range(BATCH, 40 * BATCH, BATCH)
    database.dispose()


def no_database(path: Path) -> None:
    path.write_bytes(b"Sandy Cheeks <sandy@example.org>\n" * 200)


def another_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE users (id INTEGER PRIMARY KEY, nick TEXT); CREATE TABLE posts (x);")


def holding(script: str) -> Callable[[Path], None]:
    """Makes a database by that script."""

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)

    return make


_USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) UNIQUE, fullname TEXT);"
_ADDRESSES = "CREATE TABLE addresses (id INTEGER PRIMARY KEY, email_address TEXT UNIQUE, user_id INTEGER);"

only_views = holding("CREATE VIEW seen AS SELECT 1;")
other_application_id = holding("PRAGMA application_id = 7;")
other_user_version = holding("PRAGMA user_version = 7;")
without_unique = holding(_USERS.replace("UNIQUE", "") + _ADDRESSES)
without_column = holding(_USERS + _ADDRESSES.replace(", user_id INTEGER", ""))
more_columns = holding(_USERS + _ADDRESSES.replace("user_id", "city NOT NULL, user_id"))
more_tables = holding(_USERS + _ADDRESSES + "CREATE TABLE posts (x);")
other_application_with_our_tables = holding(_USERS + _ADDRESSES + "PRAGMA application_id = 7;")


def damaged(path: Path) -> None:
    another_application(path)
    path.write_bytes(path.read_bytes()[:3000])


@pytest.mark.parametrize(
    "make",
    [
        no_database,
        another_application,
        damaged,
        only_views,
        other_application_id,
        other_user_version,
        without_unique,
        without_column,
        more_columns,
        more_tables,
        other_application_with_our_tables,
    ],
)
@pytest.mark.parametrize("command", [("stats",), ("add", "Patrick Star"), ("import",)])
def test_a_file_of_somebody_else_is_refused_and_left_untouched(
    run: Run, path: Path, make: Callable[[Path], None], command: tuple[str, ...]
) -> None:
    make(path)
    before = path.read_bytes()
    result = run(*command, stdin=b"Patrick Star <patrick@example.org>\n")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_database_says_whose_it_is(run: Run, path: Path) -> None:
    run("add", "Sandy Cheeks")
    with closing(sqlite3.connect(path)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    assert application_id.to_bytes(4) == b"acct"


def test_a_database_from_before_it_said_so_is_ours(run: Run, path: Path) -> None:
    run("add", "Sandy Cheeks")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 0")
    assert run("find", "").stdout == "Sandy Cheeks\n"


def test_a_file_with_nothing_in_it_becomes_a_database(run: Run, path: Path) -> None:
    path.touch()
    assert run("add", "Sandy Cheeks").exit_code == 0
    assert run("find", "").stdout == "Sandy Cheeks\n"


@pytest.mark.parametrize("name", ["folder", "missing/accounts.sqlite", "x" * 300])
def test_a_database_that_cannot_be_opened_is_one_line(run: Run, path: Path, name: str) -> None:
    (path.parent / "folder").mkdir()
    result = run("--database", f"sqlite:///{path.parent / name}", "stats")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_a_database_that_is_read_only_can_be_read_but_not_changed(run: Run, path: Path) -> None:
    run("add", "Sandy Cheeks")
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    assert run("--database", url, "find", "sandy").stdout == "Sandy Cheeks\n"
    result = run("--database", url, "add", "Patrick Star")
    assert (result.exit_code, result.stderr) == (1, "accounts: the database file is read-only\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_database_that_may_not_be_read_is_one_line(run: Run, path: Path) -> None:
    run("add", "Sandy Cheeks")
    path.chmod(0)
    result = run("stats")
    assert (result.exit_code, result.stderr) == (1, "accounts: the database file cannot be opened\n")


# --- memory ---------------------------------------------------------------------------------------------------------


_MEASURED = """
import sys
from accounts.entrypoints.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_imports_and_exports_take_as_much_memory_for_many_lines_as_for_few(tmp_path: Path) -> None:
    def peak(database: str, *arguments: str) -> int:
        command = [sys.executable, "-c", _MEASURED, "--database", f"sqlite:///{tmp_path / database}", *arguments]
        return int(subprocess.check_output(command).split()[-1])

    def imported(database: str, number: int, *options: str, of: int | None = None) -> int:
        lines = tmp_path / f"{database}.txt"
        lines.write_text("".join(people(number, of)))
        return peak(database, "import", "--batch", "100", str(lines), *options)

    margin = 12_000  # kilobytes; 10,000 users with their addresses would take several times as much
    few = imported("few", 10_000)
    assert imported("new", 15_000) < few + margin
    assert imported("strict", 15_000, "--strict") < few + margin
    assert imported("known", 100_000, of=1_000) < few + margin
    assert peak("new", "export") < peak("few", "export") + margin


# --- terminals, and what is missing ---------------------------------------------------------------------------------


def test_a_terminal_gets_tables_with_names_as_they_are_and_progress(run: Run, start: Start, file: Path) -> None:
    run("add", "[bold]Sandy[/bold]")
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, b"\x18\0\x78\0\0\0\0\0")  # 24 rows, 120 columns
    start("find", "sandy", stdout=terminal).wait()
    assert "│ [bold]sandy[/bold] │" in os.read(controller, 10_000).decode()
    start("import", file, "--batch", 1000, stderr=terminal).wait()
    assert os.read(controller, 10_000).decode().split("\r")[1:3] == ["1,000 lines", "2,000 lines"]
    os.close(controller)
    os.close(terminal)


def test_a_terminal_gets_a_word_for_nobody_and_long_texts_whole(run: Run, start: Start) -> None:
    long = "sandy" * 20
    run("add", "Sandy", f"{long}@example.org")
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, b"\x18\0\x28\0\0\0\0\0")  # 24 rows, 40 columns
    start("find", "patrick", stdout=terminal).wait()
    assert os.read(controller, 10_000) == b"nobody\r\n"
    start("find", "sandy", stdout=terminal).wait()
    last_column = [
        line.split("│")[-2].strip() for line in os.read(controller, 10_000).decode().split("\n") if "│" in line
    ]
    assert f"{long}@example.org" in "".join(last_column)
    os.close(controller)
    os.close(terminal)


def test_progress_on_a_terminal_shares_no_line_with_a_message(start: Start, tmp_path: Path) -> None:
    lines = [*people(2), "nobody\n", *people(1)]
    file = tmp_path / "some.txt"
    file.write_text("".join(lines))
    controller, terminal = pty.openpty()
    start("import", file, "--batch", 2, stderr=terminal).wait()
    start("import", os.devnull, stderr=terminal).wait()
    shown = os.read(controller, 10_000).decode()
    os.close(controller)
    os.close(terminal)
    reported = f"{file}:3: it is not of the form: Full Name <address>\r\n"
    assert shown == f"\r2 lines\r\x1b[K{reported}\r4 lines\r\x1b[K"


def test_progress_on_a_terminal_is_gone_before_a_fault_is_told(run: Run, start: Start, file: Path) -> None:
    run("stats")
    controller, terminal = pty.openpty()
    limit = (300_000, 300_000)
    start(
        "import",
        file,
        "--batch",
        BATCH,
        stderr=terminal,
        prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    ).wait()
    shown = os.read(controller, 10_000).decode()
    os.close(controller)
    os.close(terminal)
    assert shown.endswith(" lines\r\x1b[Kaccounts: the disk could not be read or written\r\n")


def test_an_output_that_lacks_a_character_gets_its_number(
    run: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", "Губка")
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    output, errors = start("find", "губка").communicate()
    assert (output, errors) == (b"\\u0413\\u0443\\u0431\\u043a\\u0430\n", b"")


@pytest.mark.parametrize("module", ["accounts", "accounts.demo"])
@pytest.mark.parametrize("missing", ["click", "rich"])
def test_what_is_not_installed_is_named_with_the_cure(module: str, missing: str) -> None:
    code = f"import runpy, sys; sys.modules[{missing!r}] = None; runpy.run_module({module!r}, run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"accounts needs {missing}: install unitofwork[accounts]\n"
