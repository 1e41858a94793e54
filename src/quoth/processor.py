"""What the processor is good at."""

from __future__ import annotations

import re
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_FAST = {"avx512f", "avx512_vnni", "avx_vnni", "amx_int8"}
_MOST = 100_000  # characters: the first processor's are enough


def has_fast_bytes() -> bool:
    """Whether whole numbers of 8 bits are multiplied faster than numbers with a fraction.

    Beside float32 in OpenVINO they take 0.4 of the time with AVX-512 and VNNI, 0.6 with AVX-512
    alone, and with AVX2 alone 1.3. Where nothing is known of the processor (other systems than
    Linux, others than x86) they are not used.
    """
    return not _FAST.isdisjoint(_flags())


def has_tiles() -> bool:
    """Whether it multiplies matrices tile by tile (AMX)."""
    return "amx_tile" in _flags()


def _flags() -> set[str]:
    """What Linux names of an x86 processor; empty where nothing is known."""
    try:
        with _CPUINFO.open(encoding="utf-8", errors="replace") as stream:
            found = re.search(r"^flags\s*:(.*)$", stream.read(_MOST), re.MULTILINE)
    except OSError:
        return set()
    return set(found[1].split()) if found else set()
