"""The URLs of databases: read, and refused by a text that does not hold them, since there may be a password in one."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from unitofwork.domain.kind import cure, kind


class UrlError(ValueError):
    """A URL is none, or its database is not supported, or its driver not there; the text does not hold it."""


_SUCH_AS = "such as sqlite:///accounts.db, or postgresql://user:password@host/name"

NO_URL = (
    f"that is no URL of a database: write one {_SUCH_AS}"
    " with %40 for each @ in the password, and so on for what is not a letter or a digit there"
)
_NO_PORT = "the port in the URL is no number: write one such as postgresql://user:password@host:5432/name"
_NOT_GIVEN = f"the URL is {{}}: give one {_SUCH_AS}; if an environment variable was to hold it, see that it is set"
_SLASHES = "a file of SQLite has three slashes before it, as in sqlite:///accounts.db, and four if its path is absolute"


def parsed_url(url: str | URL) -> URL:
    """The parts of a URL.

    Raises:
        UrlError: it is none. The text does not hold it.
    """
    _check_given(url)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UrlError(NO_URL) from None
    except ValueError:  # of a port, which is a part of the password where there is another @
        raise UrlError(NO_URL if str(url).count("@") > 1 else _NO_PORT) from None
    if parsed.drivername.partition("+")[0] == "sqlite" and parsed.host:
        raise UrlError(_SLASHES)
    if "@" in (parsed.host or ""):  # which is the rest of the password
        raise UrlError(NO_URL)
    return _with_hidden_password(parsed)


def _check_given(url: object) -> None:
    if url is None or url == "":
        raise UrlError(_NOT_GIVEN.format("empty" if url == "" else "None"))
    if not isinstance(url, str | URL):
        raise UrlError(f"the URL is {kind(url)}: {cure(url, f'give a text or a sqlalchemy.URL, {_SUCH_AS}')}")


def _with_hidden_password(url: URL) -> URL:
    """The URL with a password that stands among its options where SQLAlchemy knows that it is one, and hides it."""
    for name in ("password", "passwd"):
        password = url.query.get(name)
        if isinstance(password, str):
            return url.difference_update_query([name]).set(password=password)
    return url
