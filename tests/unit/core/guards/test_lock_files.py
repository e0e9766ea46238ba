import json

import pytest
from unit.core.guards.changes import findings

UV = '[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "x" }\n'
NPM = {"packages": {"": {}, "node_modules/a": {"version": "1.0.0", "resolved": "u", "integrity": "s"}}}
HOOKED = {"packages": {**NPM["packages"], "node_modules/evil": {"version": "2.0.0", "hasInstallScript": True}}}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("uv.lock", UV, UV + '[[package]]\nname = "evil"\nversion = "2.0.0"\n'),
        ("Cargo.lock", UV, UV + '[[package]]\nname = "evil"\nversion = "2.0.0"\n'),
        ("package-lock.json", json.dumps(NPM), json.dumps(HOOKED)),
        ("composer.lock", '{"packages": []}', '{"packages": [{"name": "evil", "version": "2.0.0"}]}'),
        ("Pipfile.lock", "{}", '{"default": {"evil": {"version": "2.0.0"}}}'),
        ("packages.lock.json", "{}", '{"dependencies": {"net8": {"evil": {"resolved": "2.0.0", "contentHash": "x"}}}}'),
        ("go.sum", "", "evil v2.0.0 h1:abc\n"),
        ("Gemfile.lock", "GEM\n  specs:\n", "GEM\n  specs:\n    evil (2.0.0)\n"),
        ("yarn.lock", "", '"evil@^2":\n  version "2.0.0"\n  resolved "u"\n  integrity s\n'),
        ("pnpm-lock.yaml", "packages:\n", "packages:\n  evil@2.0.0:\n    resolution: {integrity: s}\n"),
    ],
)
async def test_packages_that_come_along_are_named(name: str, old: str, new: str) -> None:
    """A person who is asked about a lock file reads what it installs that was not installed before."""
    reasons = [finding.reason for finding in await findings({name: (old, new)})]
    assert any("`evil" in reason and "2.0.0" in reason for reason in reasons), reasons


async def test_a_program_that_runs_at_installation_is_named() -> None:
    """A new package with an install script is told apart."""
    found = await findings({"package-lock.json": (json.dumps(NPM), json.dumps(HOOKED))})
    assert [f.rule for f in found if "`evil` runs a program" in f.reason] == ["build_hook"]


@pytest.mark.parametrize("name", ["uv.lock", "Cargo.lock", "pyproject.toml", "Cargo.toml"])
async def test_toml_with_an_endless_key_is_not_read(name: str) -> None:
    """A key takes the square of its parts, and kilobytes of it take a minute: a person is asked at once."""
    found = await findings({name: (UV, f"{UV}{'a.' * 60}a = 1\n")})
    assert any("cannot be" in finding.reason for finding in found)


@pytest.mark.parametrize("text", ["{", "[]", '{"packages": 3}', '{"packages": {"node_modules/a": 1}}'])
async def test_a_lock_file_that_cannot_be_read_says_so(text: str) -> None:
    """Nonsense in a lock file is a reason to ask, not an error."""
    found = await findings({"package-lock.json": (json.dumps(NPM), text)})
    assert {f.rule for f in found} >= {"lock_file"}
