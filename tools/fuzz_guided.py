"""Search by coverage, with atheris, for words of others that break what reads them: the properties of tests/fuzz."""

import argparse
import inspect
import re
import subprocess
import sys
import tempfile
from functools import wraps
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests/fuzz"
CORPUS = ROOT / ".hypothesis" / "guided"
OURS = ("tamma_core", "tamma_config", "tamma_platforms", "tamma_providers", "tamma_store", "tamma_cli")
COLLECT = (sys.executable, "-m", "pytest", "-p", "no:randomly", "-q", "--no-header")
EXAMPLE_TIMEOUT_S = 20
SEEDS = (256, 1024, 4096)
LAST_WORDS = 4000
DONE = re.compile(r"^#(\d+)\tDONE +cov: (\d+)", re.MULTILINE)


class Guided:
    """A plugin of pytest that hands the properties it would run to the fuzzer instead, which never comes back."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments

    def pytest_pyfunc_call(self, pyfuncitem: Any) -> None:
        """Fuzz one property, with the parameters and fixtures that pytest has found for it."""
        import atheris

        wrapped = pyfuncitem.obj
        handle = wrapped.hypothesis
        inner = handle.inner_test
        given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}  # noqa: SLF001 - as pytest

        @wraps(inner)  # what broke it is kept under the name of the property
        def test(*args: Any, **kwargs: Any) -> Any:
            return inner(*args, **given, **kwargs)

        handle.inner_test, wrapped.__signature__ = test, inspect.Signature()
        atheris.Setup([sys.argv[0], *self._arguments], handle.fuzz_one_input)
        atheris.Fuzz()


def fuzz(name: str, arguments: list[str]) -> int:
    """Fuzz one property in this process."""
    import atheris
    import pytest

    atheris.instrument_imports(include=list(OURS)).__enter__()  # for all that this process imports from now on
    options = ("-p", "no:randomly", "-p", "no:cacheprovider", "-q", "--capture=no", "--timeout=0")
    return int(pytest.main([name, *options], plugins=[Guided(arguments)]))


def properties(words: list[str]) -> list[str]:
    """Name the properties of the fuzz tier that have one of the words in their name."""
    program = (*COLLECT, "--collect-only", "-m", "hypothesis", TESTS)
    listed = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [line for line in listed.splitlines() if "::" in line]
    return [name for name in names if not words or any(word in name for word in words)]


def search(name: str, seconds: int) -> bool:
    """Fuzz one property in a process of its own; tell whether it holds."""
    corpus = CORPUS / re.sub(r"\W+", "-", name.removeprefix(TESTS))
    corpus.mkdir(parents=True, exist_ok=True)
    for size in SEEDS:  # from nothing, long examples are not found
        (corpus / f"seed-{size}").write_bytes(Random(size).randbytes(size))  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as left:
        bounds = (f"-max_total_time={seconds}", f"-timeout={EXAMPLE_TIMEOUT_S}", "-max_len=4096")
        program = (sys.executable, __file__, "--one", name, *bounds, f"-artifact_prefix={left}/", str(corpus))
        ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    done = DONE.search(said)
    if ended.returncode or done is None:
        print(f"broken                            {name}\n{said[-LAST_WORDS:]}", flush=True)
        return False
    print(f"holds {done[1]:>9} runs {done[2]:>6} edges  {name}", flush=True)
    return True


def main() -> int:
    """Fuzz the chosen properties, one after the other."""
    if sys.argv[1:2] == ["--one"]:
        return fuzz(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="part of the names of the properties; none takes all")
    parser.add_argument("--seconds", type=int, default=60, help="how long for each (default: 60)")
    chosen = parser.parse_args()
    names = properties(chosen.words)
    if not names:
        parser.error(f"no property has {' or '.join(chosen.words)} in its name")
    broken = [name for name in names if not search(name, chosen.seconds)]
    if broken:
        print(f"\nhint: hypothesis keeps what broke them; `just fuzz {broken[0]}` shows it as small as it can be")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
