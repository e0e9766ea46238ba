"""TOML that strangers wrote is read, or refused before it takes an age."""

from pathlib import Path

import pytest
from tamma_core.domain.toml_text import read_toml_text
from tamma_core.verification.tree import read_toml

LONG = ".".join("a" * 51)


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG} = 1\n",
        f"[{LONG}]\n",
        "[[ " + LONG.replace(".", " . ") + " ]]\n",
        "x = { " + LONG.replace("a", '"a b"') + " = 1 }\n",
        "b = [\n" + LONG.replace("a", "'a.b'") + " = 1\n",
        "a = " + "[" * 5000,
        "a = " + "{ a = " * 5000,
        "a = " + "1" * 5000,
        "a = ",
    ],
)
def test_what_takes_an_age_or_is_no_toml_is_refused(text: str, tmp_path: Path) -> None:
    """Keys of many parts, nesting, numbers of thousands of digits and nonsense are one error, and an empty file to those who detect."""
    with pytest.raises(ValueError, match=r"."):
        read_toml_text(text)
    (tmp_path / "a.toml").write_text(text)
    assert read_toml(tmp_path, "a.toml") == {}


@pytest.mark.parametrize("key", [LONG[:-2], "tool.pytest.ini_options", "'a.b'.\"c.d\".e-f"])
def test_keys_of_a_person_are_read(key: str) -> None:
    """Fifty parts are more than anybody writes."""
    assert list(read_toml_text(f"[{key}]\nx = '{'.' * 200} {'a ' * 200}'\n"))
