"""The command line: what it prints, and how it ends."""

import json
from importlib.metadata import distributions
from pathlib import Path

import pytest
from click.testing import CliRunner

from accounts.adapters import installed
from accounts.entrypoints.cli import cli
from integration.accounts.conftest import Run, Start

SANDY = b"Sandy Cheeks <sandy@example.org>\n"
PEOPLE = SANDY + b"sandy  CHEEKS <cheeks@EXAMPLE.org>\nPatrick Star <patrick@example.org>\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.txt"
    file.write_bytes(PEOPLE)
    return file


def counts(**given: int) -> dict[str, int]:
    return {**dict.fromkeys(("lines", "users", "addresses", "known", "malformed"), 0), **given}


def test_an_import_ends_with_what_became_of_the_lines(run: Run, people: Path) -> None:
    first = run("import", people)
    assert (first.exit_code, first.stderr) == (0, "")
    assert [line.split() for line in first.stdout.splitlines()] == [
        ["3", "lines"],
        ["2", "users"],
        ["3", "addresses"],
        ["0", "known"],
        ["0", "malformed"],
    ]
    assert json.loads(run("import", people, "--json").stdout) == counts(lines=3, known=3)


def test_the_standard_input_is_imported_where_no_file_is_named(run: Run) -> None:
    assert json.loads(run("--json", "import", stdin=PEOPLE).stdout) == counts(lines=3, users=2, addresses=3)
    assert json.loads(run("--json", "import", "-", stdin=PEOPLE).stdout) == counts(lines=3, known=3)


def test_users_are_shown_as_lines_that_can_be_imported(run: Run, people: Path) -> None:
    run("import", people)
    found = run("find", "CHEEKS")
    assert found.stdout.splitlines() == ["Sandy Cheeks <sandy@example.org>", "Sandy Cheeks <cheeks@example.org>"]
    assert json.loads(run("import", "--json", stdin=found.stdout_bytes).stdout) == counts(lines=2, known=2)


@pytest.mark.parametrize(("limit", "told"), [(1, "... and more: raise --limit\n"), (2, "")])
def test_that_more_users_were_found_is_told_apart_from_them(run: Run, people: Path, limit: int, told: str) -> None:
    run("import", people)
    result = run("--json", "find", "", "--limit", limit)
    assert (len(json.loads(result.stdout)), result.stderr, result.exit_code) == (limit, told, 0)


def test_a_pipe_gets_nothing_where_nobody_is_found(run: Run) -> None:
    result = run("find", "gary")
    assert (result.output, result.exit_code) == ("", 0)


@pytest.mark.parametrize("arguments", [("--json", "show", "sandy.cheeks"), ("show", "Sandy Cheeks", "--json")])
def test_json_may_be_asked_for_before_or_after_the_command(run: Run, people: Path, arguments: tuple[str, ...]) -> None:
    run("import", people)
    assert json.loads(run(*arguments).stdout) == {
        "name": "sandy.cheeks",
        "fullname": "Sandy Cheeks",
        "addresses": ["sandy@example.org", "cheeks@example.org"],
    }


def test_users_are_added_changed_merged_and_removed(run: Run) -> None:
    def addresses(*arguments: str) -> list[str]:
        result = run("--json", *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        shown: list[str] = json.loads(result.stdout)["addresses"]
        return shown

    assert addresses("add", "Sandy Cheeks", "sandy@example.org") == ["sandy@example.org"]
    assert addresses("add", "Patrick Star") == []
    assert addresses("add-address", "patrick.star", "patrick@example.org") == ["patrick@example.org"]
    assert addresses("rename", "patrick.star", "Patrick Rock") == ["patrick@example.org"]
    assert addresses("merge", "sandy.cheeks", "patrick.rock") == ["sandy@example.org", "patrick@example.org"]
    assert addresses("remove-address", "sandy.cheeks", "sandy@example.org") == ["patrick@example.org"]
    assert addresses("remove", "sandy.cheeks") == ["patrick@example.org"]
    assert json.loads(run("stats", "--json").stdout) == {"users": 0, "addresses": 0, "users_without_address": 0}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("add", "SANDY CHEEKS"), "another user has that name"),
        (("add", "Gary", "sandy@example.org"), "another user has that address"),
        (("add", "Gary", "gary"), "the address is not of the form name@domain"),
        (("add", "\x1b[31m"), "it holds a control character"),
        (("show", "gary"), "there is no user gary"),
        (("rename", "patrick.star", "Sandy Cheeks"), "another user has that name"),
        (("remove-address", "patrick.star", "x@example.org"), "patrick.star has no address x@example.org"),
        (("merge", "patrick.star", "patrick.star"), "patrick.star cannot be merged with itself"),
    ],
)
def test_what_is_refused_is_one_line(run: Run, people: Path, arguments: tuple[str, ...], line: str) -> None:
    run("import", people)
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"accounts: {line}\n")
    assert json.loads(run("stats", "--json").stdout)["users"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("impart",),
        ("import", "--batch", "0"),
        ("import", "--batch", "9" * 20),
        ("find", "x", "--limit", "9" * 20),
        ("show",),
        ("--json", "export", "--format", "csv"),
        ("export", "--format", "vcard", "--json"),
        ("import", "people.txt", "--installed"),
    ],
)
def test_a_command_that_is_not_understood_ends_with_2(run: Run, path: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert not path.exists()


def test_help_shows_commands_that_can_be_copied(start: Start) -> None:
    output, _ = start("import", "--help").communicate()
    lines = [line.strip() for line in output.decode().splitlines()]
    assert lines[0] == "Usage: python -m accounts import [OPTIONS] [FILE]"
    assert "git log --format='%aN <%aE>' | python -m accounts import -" in lines


# --- bad input ------------------------------------------------------------------------------------------------------


def test_malformed_lines_are_reported_with_file_and_line_and_the_others_kept(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_bytes(SANDY + b"\nnobody\n" + "José <jose@example.org>\n".encode("latin-1") + b"Gary\0 <g@example.org>")
    result = run("import", file, "--json")
    assert json.loads(result.stdout) == counts(lines=4, users=1, addresses=1, malformed=3)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{file}:3: it is not of the form: Full Name <address>",
        f"{file}:4: it is not UTF-8 text",
        f"{file}:5: it holds a control character",
    ]


def test_strict_keeps_nothing_of_a_file_with_a_malformed_line(run: Run) -> None:
    result = run("import", "--strict", "--batch", 1, "--json", stdin=PEOPLE + b"nobody\n" + PEOPLE)
    assert json.loads(result.stdout) == counts(lines=7, malformed=1)
    assert (result.exit_code, result.stderr) == (1, "stdin:4: it is not of the form: Full Name <address>\n")
    assert json.loads(run("stats", "--json").stdout)["users"] == 0


def test_of_many_malformed_lines_the_first_are_reported(run: Run) -> None:
    reported = run("import", stdin=b"nobody\n" * 1025).stderr.splitlines()
    assert reported[19:] == [
        "stdin:20: it is not of the form: Full Name <address>",
        "... and 1,005 more malformed lines",
    ]


@pytest.mark.parametrize("text", ["", "\n\n \n", "\ufeff"])
def test_a_file_with_nothing_in_it_imports_nothing(run: Run, text: str) -> None:
    result = run("import", "--json", stdin=text.encode())
    assert (json.loads(result.stdout), result.exit_code) == (counts(), 0)


@pytest.mark.parametrize("stdin", [b"\xef\xbb\xbf" + SANDY, SANDY.replace(b"\n", b"\r\n"), SANDY.rstrip()])
def test_byte_order_mark_and_line_ends_are_no_part_of_a_name(run: Run, stdin: bytes) -> None:
    run("import", stdin=stdin)
    assert run("show", "sandy.cheeks").stdout_bytes == SANDY


def test_a_file_in_another_encoding_is_malformed_line_by_line(run: Run) -> None:
    result = run("import", "--json", stdin=PEOPLE.decode().encode("utf-16"))
    assert (json.loads(result.stdout)["users"], result.exit_code) == (0, 1)


def test_a_line_without_end_is_one_malformed_line(run: Run) -> None:
    result = run("import", "--json", stdin=b"x" * 1_000_000 + b"\n" + SANDY)
    assert json.loads(result.stdout) == counts(lines=2, users=1, addresses=1, malformed=1)


@pytest.mark.parametrize(
    ("file", "reason"),
    [("missing.txt", "No such file or directory"), ("", "Is a directory"), ("x" * 300, "File name too long")],
)
def test_a_file_that_cannot_be_read_is_named_and_no_database_is_made(
    run: Run, path: Path, tmp_path: Path, file: str, reason: str
) -> None:
    result = run("import", tmp_path / file)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"accounts: {tmp_path / file}: {reason}\n")
    assert not path.exists()


# --- installed distributions ----------------------------------------------------------------------------------------


def test_authors_and_maintainers_of_installed_distributions_are_imported(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {
        "one": 'Author: Sandy Cheeks\nAuthor-email: s@example.org\nMaintainer-email: "Star, Patrick" <p@example.org>',
        "two": "Author: Nobody\nAuthor-email: Squidward <squid@example.org>, Mr. Krabs <krabs@example.org>",
        "three": "Author: Plankton",
        "four": "Author-email: nameless@example.org",
    }
    for name, text in fields.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{text}\n")
    monkeypatch.setattr(installed, "distributions", lambda: distributions(path=[str(tmp_path)]))
    result = run("import", "--installed", "--json")
    assert json.loads(result.stdout) == counts(lines=4, users=4, addresses=4)
    assert run("find", "").stdout.splitlines() == [
        "Mr. Krabs <krabs@example.org>",
        "Sandy Cheeks <s@example.org>",
        "Squidward <squid@example.org>",
        "Star, Patrick <p@example.org>",
    ]


# --- export ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(run: Run) -> None:
    run("import", stdin=PEOPLE)
    run("add", "Губка; Квадрат, \\")


@pytest.mark.usefixtures("three")
def test_csv_has_a_row_for_each_address_and_one_for_a_user_without(run: Run) -> None:
    assert run("export").stdout_bytes.decode() == (
        "name,fullname,email_address\n"
        "sandy.cheeks,Sandy Cheeks,sandy@example.org\n"
        "sandy.cheeks,Sandy Cheeks,cheeks@example.org\n"
        "patrick.star,Patrick Star,patrick@example.org\n"
        '"губка;.квадрат,.\\","Губка; Квадрат, \\",\n'
    )


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("arguments", [("export", "--json"), ("export", "--format", "json")])
def test_json_is_an_array_of_users(run: Run, arguments: tuple[str, ...]) -> None:
    exported = json.loads(run(*arguments).stdout)
    assert [(user["fullname"], len(user["addresses"])) for user in exported] == [
        ("Sandy Cheeks", 2),
        ("Patrick Star", 1),
        ("Губка; Квадрат, \\", 0),
    ]


def test_json_of_nobody_is_an_empty_array(run: Run) -> None:
    assert json.loads(run("export", "--json").stdout) == []


@pytest.mark.usefixtures("three")
def test_vcard_escapes_what_has_a_meaning_there(run: Run) -> None:
    lines = run("export", "--format", "vcard").stdout_bytes.decode().split("\r\n")
    assert lines[:6] == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "FN:Sandy Cheeks",
        "EMAIL:sandy@example.org",
        "EMAIL:cheeks@example.org",
        "END:VCARD",
    ]
    assert r"FN:Губка\; Квадрат\, \\" in lines


def test_vcard_folds_long_lines_between_characters(run: Run) -> None:
    run("add", "章魚" * 100)
    exported = run("export", "--format", "vcard").stdout_bytes
    assert max(map(len, exported.split(b"\r\n"))) <= 75
    assert f"FN:{'章魚' * 100}\r\n" in exported.decode().replace("\r\n ", "")


@pytest.mark.usefixtures("three")
def test_an_export_may_go_to_a_file(run: Run, tmp_path: Path) -> None:
    result = run("export", "--output", tmp_path / "people.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "people.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "people.csv").read_bytes() == run("export").stdout_bytes
    assert run("export", "--output", tmp_path).stderr == f"accounts: {tmp_path}: Is a directory\n"


# --- where the database is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"XDG_DATA_HOME": "data", "HOME": "home"}, "data/accounts/accounts.sqlite"),
        ({"XDG_DATA_HOME": None, "HOME": "home"}, "home/.local/share/accounts/accounts.sqlite"),
        ({"XDG_DATA_HOME": None, "HOME": None}, "accounts.sqlite"),
        ({"ACCOUNTS_DATABASE": "sqlite:///own.sqlite"}, "own.sqlite"),
    ],
)
def test_the_database_is_a_private_file_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str | None], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["add", "Sandy"], env={"ACCOUNTS_DATABASE": None, **environment})
    assert (result.exit_code, result.stderr) == (0, "")
    assert (tmp_path / place).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "oracle://sandy:acorn@localhost/accounts",
        "postgresql://sandy:acorn@localhost:notaport/d",
        "sandy:acorn@nowhere",
        "",
    ],
)
def test_a_url_that_is_not_supported_is_refused_without_its_password(run: Run, url: str) -> None:
    result = run("--database", url, "stats")
    assert result.exit_code == 2
    told = " ".join(result.stderr.split())
    assert told.endswith("give a file or a server, as in sqlite:///accounts.sqlite or postgresql://user@host/accounts")
    assert "acorn" not in result.output
