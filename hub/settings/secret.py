"""Secrets by reference: the settings name the place of a secret and never contain it.

The rule of this file: a secret is read when it is used. No message and no log contains it.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from channels.wording import written
from hub.toml_files.problems import ConfigErrors, Problem, Section


@dataclass(frozen=True, slots=True)
class Secret(Section):
    """Exactly one of the three places. A `generated` secret is made at the first read and kept in the data folder. It
    is for the sandbox, the demo, and secrets that only one process needs."""

    env: str | None = None
    file: str | None = None
    generated: Annotated[str, written(r"[a-z_]+", "a name of small letters and '_'")] | None = None

    def __post_init__(self) -> None:
        if sum(place is not None for place in (self.env, self.file, self.generated)) != 1:
            raise ValueError('needs exactly one of { env = "NAME" }, { file = "path" }, { generated = "name" }')


def find_secret(secret: Secret, folder: Path, environ: Mapping[str, str]) -> str | None:
    """The secret in the environment or in the file. None if there is none, or if the file is not UTF-8."""
    if secret.env is not None:
        return environ.get(secret.env) or None
    try:
        return (folder / (secret.file or "")).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def read_secret(secret: Secret, folder: Path, data_folder: Path, environ: Mapping[str, str]) -> str:
    """The secret itself. Raises `ConfigErrors` if its place holds none."""
    if secret.generated is not None:
        return _read_generated(data_folder / "secrets" / secret.generated)
    value = find_secret(secret, folder, environ)
    if value is None:
        raise ConfigErrors([Problem(secret.env or secret.file or "", "holds no secret in UTF-8: put it there")])
    return value


def _read_generated(path: Path) -> str:
    """Always the same value, even if two processes read it for the first time at once: the first link wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(16))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
