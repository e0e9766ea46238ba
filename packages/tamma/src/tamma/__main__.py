"""Run the command by `python -m tamma`."""

from tamma_cli.main import main

main()
