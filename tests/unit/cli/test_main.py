import subprocess
import sys

from tamma_cli import __version__


def test_the_version_is_answered_without_the_heavy_libraries() -> None:
    """`tamma --version` imports neither Typer, Rich nor pydantic, so it stays quick."""
    program = (
        "import sys; sys.argv = ['tamma', '--version']; from tamma_cli.main import main; main(); "
        "print(sorted({'typer', 'rich', 'pydantic', 'asyncio'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [f"tamma {__version__}", "[]"]


def test_help_comes_from_the_command_line_library() -> None:
    """Everything but the version goes to the Typer application."""
    answer = subprocess.run([sys.executable, "-m", "tamma", "--help"], capture_output=True, text=True, check=True)
    assert "Usage: tamma" in answer.stdout


def test_help_waits_neither_for_the_engine_nor_for_the_schema_of_the_configuration() -> None:
    """Both are heavy, and only commands that work need them."""
    code = (
        "import sys, tamma_cli.app; print([name for name in sys.modules if name.startswith("
        "('tamma_core.engine', 'tamma_core.workspace', 'tamma_config.configuration', 'pydantic'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
