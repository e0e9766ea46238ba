"""Enter the command `tamma`; answer `--version` before anything heavy is imported."""

import sys

from tamma_cli import __version__


def main() -> None:
    """Answer `--version` alone, or hand over to the commands."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"tamma {__version__}\n")
        return
    from tamma_cli.app import app  # importing Typer costs more than the whole answer above

    app(prog_name="tamma")


if __name__ == "__main__":
    main()
