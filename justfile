# The commands of this repository. The set-up is `python3 bootstrap.py test`, or any environment with the locked packages in `.venv`.

set positional-arguments

python := justfile_directory() / ".venv/bin/python"
export PATH := justfile_directory() / ".venv/bin" + ":" + env("PATH")

# List the commands
default:
    @just --list --unsorted

# Check what CI checks before the slow tiers: style, types, layers, dependencies, spelling, locks, unit tests
check:
    {{ python }} tools/test.py --only static --only unit

# Run every tier whose tools are on this machine
test *arguments:
    {{ python }} tools/test.py "$@"

# Run the unit tests
unit *arguments:
    {{ python }} -m pytest tests/unit "$@"

# Search long for words of others that break what reads them
fuzz *arguments:
    {{ python }} -m pytest tests/fuzz --hypothesis-profile=fuzz-long --timeout=3600 "$@"

# Search by coverage, with atheris, a minute for each property of tests/fuzz; words choose, `--seconds N`
fuzz-guided *arguments:
    {{ python }} -m uv pip install --quiet --require-hashes --requirement requirements-fuzz.lock
    {{ python }} tools/fuzz_guided.py "$@"

# Run the ports' suites on every adapter and fake
contract *arguments:
    {{ python }} -m pytest tests/contract "$@"

# Run several parts together on real services
integration *arguments:
    {{ python }} -m pytest tests/integration "$@"

# Run the installed command
acceptance *arguments:
    {{ python }} -m pytest tests/acceptance "$@"

# Let a scripted model make bad changes and see each stopped
wrong-patches *arguments:
    {{ python }} -m pytest tests/acceptance/wrong_patches -q "$@"

# Take each defence out in a copy, and see the attacks succeed; words choose, `--write` writes the page
defences *arguments:
    {{ python }} tools/defences.py "$@"

# Let workers be killed in bad weather and see everything happen once; `--long`, `--seed N`
storm *arguments:
    cd tests && {{ python }} -m acceptance.storm "$@"

# Show the main job without an account
demo *arguments:
    {{ python }} -m tamma demo "$@"

# Print the figures of the docs, beside peers
bench *arguments:
    {{ python }} -m bench "$@"

# Format the code and mend what can be mended
fmt:
    {{ python }} -m ruff check --fix --quiet
    {{ python }} -m ruff format

# Check the pages: spelling, and that every link within the repository leads somewhere
docs:
    {{ python }} -m codespell_lib docs *.md
    {{ python }} tools/links.py

# Write the locks from the pyproject files; `--upgrade` takes newer versions
lock *arguments:
    {{ python }} tools/lock.py "$@"

# Show what the changelog of the next release will say
changelog:
    {{ python }} -m towncrier build --draft

# Build wheels and sdists of all packages into dist/
build:
    {{ python }} -m uv build --all-packages --out-dir dist
