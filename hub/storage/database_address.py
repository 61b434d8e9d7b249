"""The address of a database, as `config.toml` has it and as the drivers need it.

The rule of this file: text in, text out. An address with its password must not reach a log.
"""

from pathlib import Path

from sqlalchemy.engine import URL, make_url


def complete(address: str, data_folder: Path, password: str | None = None) -> str:
    """The address with the password, and with its SQLite file inside the data folder. Raises
    `sqlalchemy.exc.ArgumentError` if the text is no address."""
    url = make_url(address)
    if _is_sqlite_file(url):
        url = url.set(database=str(data_folder / (url.database or "")))
    if password:
        url = url.set(password=password)
    return url.render_as_string(hide_password=False)


def is_there(address: str) -> bool:
    """Whether there is a database to read. Opening a SQLite file that is missing would create it."""
    url = make_url(address)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _is_sqlite_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
