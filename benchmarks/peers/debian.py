"""Text in quantity: documentation packages of Debian, downloaded once by apt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "debian-policy", "debian-reference-en", "developers-reference", "git-doc", "sqlite3-doc",
    "python3.11-doc", "postgresql-doc-15", "apache2-doc", "linux-doc-6.1", "gimp-help-en",
    "debian-handbook", "maint-guide", "ruby3.1-doc", "libreoffice-help-en-us", "emacs-common",
)  # fmt: skip
"""Those that this Debian does not have are left out."""
_GATHER = Path(__file__).parent.parent.parent / "tools" / "gather_text.py"


def text(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path:
    """The folder of their text, a file a document; made unless it is there."""
    out = folder / "text"
    if out.is_dir():
        return out
    unpacked = [one for name in packages if (one := _unpacked(name, folder / "packages"))]
    if not unpacked:
        raise OSError("apt gave none of the documentation packages: run `apt-get update`")
    new = folder / "text.new"
    subprocess.run(
        [sys.executable, str(_GATHER), *map(str, unpacked), "--out", str(new)], check=True
    )
    new.rename(out)
    return out


def _unpacked(name: str, folder: Path) -> Path | None:
    target = folder / name
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    got = subprocess.run(["apt-get", "download", "-q", name], cwd=folder, capture_output=True)
    archive = next(iter(sorted(folder.glob(f"{name}_*.deb"))), None)
    if got.returncode or archive is None:
        print(f"left out: {name}, which apt does not have", file=sys.stderr)
        return None
    subprocess.run(["dpkg", "-x", str(archive), str(target)], check=True)
    archive.unlink()
    return target
