"""Describe the machine in one line, for figures mean nothing without it."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """Answer date, processor, memory, system and how busy it is."""
    one, five, _ = os.getloadavg()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({_field('/proc/cpuinfo', 'model name')}), "
        f"{_memory_gb():.0f} GB, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, load average {one:.1f} (1 min), {five:.1f} (5 min)"
    )


def _memory_gb() -> float:
    return int(_field("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20)


def _field(file: str, name: str) -> str:
    lines = Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "0")
