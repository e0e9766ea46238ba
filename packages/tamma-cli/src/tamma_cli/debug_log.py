"""The verbose log of `--debug`: a file, with secrets masked."""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tamma_core.agent.unseen import shown
from tamma_core.guards.redaction import Redactor


class MaskingFormatter(logging.Formatter):
    """Write records, exceptions included, without secrets; `mask` is replaced once the configuration is known."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.mask: Callable[[str], str] = Redactor().mask

    def format(self, record: logging.LogRecord) -> str:
        """Mask the whole text of a record; its further lines are set in, so that none passes for a record."""
        return shown(self.mask(super().format(record))).replace("\n", "\n    ")


class DebugLog:
    """Write everything that libraries and Tamma log to a file that only this user can read."""

    def __init__(self) -> None:
        descriptor, name = tempfile.mkstemp(prefix="tamma-debug-", suffix=".log")
        self.path = Path(name)
        self._formatter = MaskingFormatter()
        self._handler = logging.StreamHandler(os.fdopen(descriptor, "w", encoding="utf-8"))
        self._handler.setFormatter(self._formatter)
        root = logging.getLogger()
        root.addHandler(self._handler)
        root.setLevel(logging.DEBUG)

    def use_mask(self, mask: Callable[[str], str]) -> None:
        """Mask the configured secrets from now on."""
        self._formatter.mask = mask

    def close(self) -> None:
        """Write what is left."""
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        self._handler.stream.close()
