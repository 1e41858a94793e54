"""The systemd unit and the Dockerfile hold together, as far as can be told without running them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from needs import lacking

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "packaging" / "quoth.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
MOST_EXPOSED = 2.0  # of 10, by systemd-analyze's own weights


def settings() -> dict[str, list[str]]:
    """Name → its values in the unit, in order."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there, for systemd-analyze, which asks for it."""
    if not shutil.which("systemd-analyze"):
        lacking("systemd-analyze: install Debian's systemd")
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text("utf-8").replace("/opt/quoth/bin/quoth", "/bin/true"), "utf-8")
    return path


def analysed(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    assert analysed("verify", "--man=no", unit) == ""


def test_the_unit_exposes_little(unit: Path) -> None:
    told = analysed("security", "--offline=true", "--no-pager", unit)
    found = re.search(r"exposure level for \S+: ([\d.]+)", told)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSED


def test_the_unit_gives_no_rights_beyond_its_own_folders() -> None:
    """What docs/deploying.md and docs/security.md promise of it."""
    said = {name: values[-1] for name, values in settings().items()}
    expected = {
        "DynamicUser": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
        "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "IPAddressDeny": "any",
        "IPAddressAllow": "localhost", "StateDirectory": "quoth", "CacheDirectory": "quoth",
    }  # fmt: skip
    assert {name: said[name] for name in expected} == expected
    assert "--i-know" not in said["ExecStart"]
    assert "--auth ${CREDENTIALS_DIRECTORY}/accounts" in said["ExecStart"]


def test_the_image_runs_without_rights_and_tells_its_health() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert last.startswith("python:3.11-slim\n")
    assert re.search(r"^USER quoth$", last, re.M)
    assert re.search(r"^HEALTHCHECK .*?/health", last, re.M | re.S)
    assert re.search(r"^VOLUME /data$", last, re.M)
    assert '"--auth"' in last
    assert "--i-know" not in last


def test_what_the_image_is_made_of_is_there_and_sent() -> None:
    """All that is copied from the checkout, let through by .dockerignore, which lets in no more."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    copied = {name for line in lines for name in line.split()}
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in rules
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
