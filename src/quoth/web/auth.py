"""Who may use the app: a file of `name:bcrypt-hash` lines, as `htpasswd -B` writes them too."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from quoth.errors import UsageError

Login = Callable[[str, str], Awaitable[bool]]
"""Called as `await login(name, password)`; True lets in."""

COST = 12
"""Of a hash that `add_account` makes: 2^12 rounds, a quarter of a second."""
SHORTEST = 8
"""Characters that a new password has to have."""
FAILED_SECONDS = 1.0
"""How much later a wrong password is told than a right one, so that guessing takes long."""
_AT_ONCE = 2  # passwords that are checked at the same time; a processor each
_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_NAME = re.compile(r"[^\s:#][^:\x00-\x1f\x7f]{0,99}(?<!\s)")
_READ_BYTES = 72  # bcrypt, and so htpasswd, looks at no more of a password
_NOBODY = "$2b${cost:02}$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"


def read_accounts(path: str | os.PathLike[str]) -> dict[str, str]:
    """The file's names and hashes; blank lines and lines that begin with `#` are left out.

    Raises UsageError for a file that is missing, holds no account or has a malformed line, by
    number and without what it says.
    """
    accounts: dict[str, str] = {}
    for number, line in enumerate(_lines(path), 1):
        if line.strip() and not line.startswith("#"):
            accounts.update([_account(line, number, path)])
    if not accounts:
        raise UsageError(f"no accounts in {str(path)!r}: add one with 'quoth account {path} NAME'")
    return accounts


def login(accounts: Mapping[str, str], *, delay: float = FAILED_SECONDS) -> Login:
    """A check of names and passwords that takes as long for an unknown name as for a known one.

    delay: seconds until a failure is told.
    """
    nobody = _NOBODY.format(cost=max((_cost(hashed) for hashed in accounts.values()), default=COST))
    turn = asyncio.Semaphore(_AT_ONCE)

    async def check(name: str, password: str) -> bool:
        async with turn:
            matches = await asyncio.to_thread(_matches, password, accounts.get(name, nobody))
        if matches and name in accounts:
            return True
        await asyncio.sleep(delay)
        return False

    return check


def add_account(path: str | os.PathLike[str], name: str, password: str) -> bool:
    """Write the account into the file, in place of one of that name; whether there was one.

    The file is made if it is missing, for its owner alone to read. Raises UsageError for a name
    that cannot be one, a password that is too short or too long, and a malformed file.
    """
    _check_new(name, password)
    target = Path(path)
    lines = _lines(path) if target.exists() else []
    kept = [line for line in lines if line.partition(":")[0].strip() != name or line[:1] == "#"]
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            _account(line, number, path)
    _replace(target, [*kept, f"{name}:{_hashed(password)}"])
    return len(kept) < len(lines)


def _lines(path: str | os.PathLike[str]) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the accounts in {str(path)!r}: make the file with "
            f"'quoth account {path} NAME'"
        ) from error


def _account(line: str, number: int, path: str | os.PathLike[str]) -> tuple[str, str]:
    name, separator, hashed = line.strip().partition(":")
    if not name or not separator or not _HASH.fullmatch(hashed):
        raise UsageError(
            f"{str(path)!r}, line {number} is not 'name:bcrypt-hash', and passwords are not kept "
            f"as they are: make it with 'quoth account {path} NAME'"
        )
    return name, hashed


def _check_new(name: str, password: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"name {name!r} cannot be an account's: use up to 100 characters, no colon among "
            "them, no # or space at the start"
        )
    if len(password) < SHORTEST or len(password.encode("utf-8", "replace")) > _READ_BYTES:
        raise UsageError(
            f"the password has {len(password)} characters: use at least {SHORTEST}, and at most "
            f"{_READ_BYTES} bytes"
        )


def _replace(target: Path, lines: list[str]) -> None:
    """Write the file whole or not at all, for its owner alone."""
    text = "".join(f"{line}\n" for line in lines)
    target = target.resolve()  # a link stays one
    with tempfile.NamedTemporaryFile(
        "w", dir=target.parent, prefix=f".{target.name}.", encoding="utf-8", delete=False
    ) as file:
        try:
            file.write(text)
            file.close()
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def _hashed(password: str) -> str:
    import bcrypt

    return bcrypt.hashpw(password.encode("utf-8", "replace"), bcrypt.gensalt(COST)).decode()


def _cost(hashed: str) -> int:
    return int(hashed[4:6])


def _matches(password: str, hashed: str) -> bool:
    import bcrypt

    return bcrypt.checkpw(password.encode("utf-8", "replace")[:_READ_BYTES], hashed.encode())
