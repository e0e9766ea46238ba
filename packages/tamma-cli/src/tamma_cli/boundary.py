"""The one place where errors of any kind become words and an exit code."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable

import typer
from tamma_core.domain.errors import ConfigError, Defect, InvalidInput, TammaError, Unsupported
from tamma_core.guards.redaction import Redactor

from tamma_cli import __version__
from tamma_cli.debug_log import DebugLog
from tamma_cli.options import Common
from tamma_cli.screen import Screen

OK, FAILED, MISUSED = 0, 1, 2
Work = Callable[["Boundary"], Awaitable[int]]
_log = logging.getLogger("tamma")


class Boundary:
    """Hold what a command's work may use: the screen, the common options, the debug log."""

    def __init__(self, screen: Screen, options: Common) -> None:
        self.screen = screen
        self.options = options
        self.mask: Callable[[str], str] = Redactor().mask
        self.debug: DebugLog | None = None

    def use_mask(self, mask: Callable[[str], str]) -> None:
        """Mask the configured secrets from now on."""
        self.mask = mask
        self.screen.mask = mask
        if self.debug is not None:
            self.debug.use_mask(mask)

    def run(self, work: Work) -> int:
        """Do the work of a command and answer its exit code; nothing escapes from here."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            if self.options.debug or os.environ.get("TAMMA_DEBUG", "") in {"1", "true"}:
                self.debug = DebugLog()
            _log.debug("tamma %s, mode standalone", __version__)
            return asyncio.run(_coroutine(work, self))
        except TammaError as error:
            _log.debug("the command failed", exc_info=error)
            self._show(error)
            return MISUSED if isinstance(error, ConfigError | InvalidInput | Unsupported) else FAILED
        except BrokenPipeError:
            # The reader left, as `head` does; Python would complain once more when it closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        except KeyboardInterrupt:
            self.screen.fail("interrupted")
            return FAILED
        except Exception as error:  # noqa: BLE001 - the top boundary: no traceback reaches a user unasked
            _log.debug("the command failed unexpectedly", exc_info=error)
            self._unexpected(error)
            return FAILED
        finally:
            self._close()

    def _show(self, error: TammaError) -> None:
        hint = error.hint
        if isinstance(error, Defect) and not hint:
            hint = "this is a defect of Tamma: run again with `--debug` and report the log"
        self.screen.fail(self.mask(error.message), self.mask(hint))
        if self.screen.as_json:
            self.screen.row({"error": self.mask(error.message), "hint": self.mask(hint)})
        self._traceback(error)

    def _unexpected(self, error: Exception) -> None:
        from tamma_cli.machine import refusal

        refused = refusal(error)
        if refused is not None:
            refused.__cause__ = error
            self._show(refused)
            return
        self.screen.fail(
            f"something unexpected happened: {self.mask(f'{type(error).__name__}: {error}')}",
            "run again with `--debug` and report the log; what was journaled is kept",
        )
        self._traceback(error)

    def _traceback(self, error: BaseException) -> None:
        if self.debug is not None:
            import traceback

            self.screen.say(self.mask("".join(traceback.format_exception(error))))

    def _close(self) -> None:
        if self.debug is not None:
            self.debug.close()
            self.screen.say(f"debug log: {self.debug.path}")


def execute(ctx: typer.Context, work: Work, options: Common) -> None:
    """Run a command's work and leave with its exit code."""
    ctx.exit(Boundary(Screen(as_json=options.as_json), options).run(work))


async def _coroutine(work: Work, boundary: Boundary) -> int:
    return await work(boundary)
