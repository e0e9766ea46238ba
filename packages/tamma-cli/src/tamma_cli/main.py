"""Enter the command `tamma`; answer `--version` before anything heavy is imported."""

import gc
import sys

from tamma_cli import __version__


def main() -> None:
    """Answer `--version` alone, or hand over to the commands."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"tamma {__version__}\n")
        return
    gc.set_threshold(100_000, 20, 20)  # imports make objects by the ten thousand, and none of them is garbage
    from tamma_cli.app import app  # importing Typer costs more than the whole answer above

    app(prog_name="tamma")


if __name__ == "__main__":
    main()
