"""How to ask whether a file still parses, by its ending; 127 means that the checker is not there."""

from pathlib import PurePosixPath

_COMMANDS = {
    ".py": """command -v python3 >/dev/null || exit 127
python3 -c 'import ast,sys; ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])' "$1" 2>&1 | tail -n 5
exit "${PIPESTATUS[0]}" """,
    ".json": """command -v python3 >/dev/null || exit 127
python3 -c 'import json,sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$1" 2>&1 | tail -n 1
exit "${PIPESTATUS[0]}" """,
    ".toml": """command -v python3 >/dev/null || exit 127
python3 -c 'import tomllib,sys; tomllib.load(open(sys.argv[1], "rb"))' "$1" 2>&1 | tail -n 1
exit "${PIPESTATUS[0]}" """,
    ".js": 'command -v node >/dev/null || exit 127; node --check "$1"',
    ".mjs": 'command -v node >/dev/null || exit 127; node --check "$1"',
    ".cjs": 'command -v node >/dev/null || exit 127; node --check "$1"',
    ".go": 'command -v gofmt >/dev/null || exit 127; gofmt -e -l "$1" >/dev/null',
    ".sh": 'bash -n "$1"',
}


def syntax_command(path: str) -> str | None:
    """Answer a shell command that checks `$1`, or none when the language is not known."""
    return _COMMANDS.get(PurePosixPath(path).suffix)
