from pathlib import Path

from tamma_core.verification.place import Toolchain, environment, trusted


def test_installers_trust_what_the_machine_trusts(tmp_path: Path) -> None:
    """The first bundle that exists is named to every installer; without one, they keep their own."""
    bundle = tmp_path / "authorities.crt"
    bundle.touch()
    assert set(trusted(("/nonexistent", str(bundle))).values()) == {str(bundle)}
    assert trusted(("/nonexistent",)) == {}


def test_tests_are_told_of_no_authorities() -> None:
    """Only the set-up reaches a network."""
    assert not environment(Toolchain(), {}, has_venv=False).keys() & trusted((__file__,)).keys()
