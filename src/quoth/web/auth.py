"""Who may use the app: a file of `name:bcrypt-hash` lines, as `htpasswd -B` writes them."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from quoth.errors import UsageError

Login = Callable[[str, str], Awaitable[bool]]
"""Called as `await login(name, password)`; True lets in."""

_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_READ_BYTES = 72  # bcrypt, and so htpasswd, looks at no more of a password
_NOBODY = "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"  # no password gives it


def read_accounts(path: str | os.PathLike[str]) -> dict[str, str]:
    """The file's names and hashes; blank lines and lines that begin with `#` are left out.

    Raises UsageError for a file that is missing, holds no account or has a malformed line, by
    number and without what it says.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the accounts in {str(path)!r}: make the file with "
            f"'htpasswd -cB {path} NAME'"
        ) from error
    accounts: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            accounts.update([_account(line, number, path)])
    if not accounts:
        raise UsageError(f"no accounts in {str(path)!r}: add one with 'htpasswd -B {path} NAME'")
    return accounts


def login(accounts: Mapping[str, str]) -> Login:
    """A check of names and passwords that takes as long for an unknown name as for a known one."""

    async def check(name: str, password: str) -> bool:
        matches = await asyncio.to_thread(_matches, password, accounts.get(name, _NOBODY))
        return matches and name in accounts

    return check


def _account(line: str, number: int, path: str | os.PathLike[str]) -> tuple[str, str]:
    name, separator, hashed = line.strip().partition(":")
    if not name or not separator or not _HASH.fullmatch(hashed):
        raise UsageError(
            f"{str(path)!r}, line {number} is not 'name:bcrypt-hash': "
            f"make it with 'htpasswd -B {path} NAME'"
        )
    return name, hashed


def _matches(password: str, hashed: str) -> bool:
    import bcrypt

    return bcrypt.checkpw(password.encode("utf-8", "replace")[:_READ_BYTES], hashed.encode())
