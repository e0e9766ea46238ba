"""Tests that fail, each in another way in which tests fail.

They run on the project's interpreter, whatever its version, from a copy in which each name that begins with `must_fail` is another one. The coverage that a project demands of itself is not to be lowered by them.
"""

from __future__ import annotations

import unittest

DEMANDS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("assertEqual", (1, 2)),
    ("assertEqual", ([1], [2])),
    ("assertEqual", ("a", "b")),
    ("assertNotEqual", (1, 1)),
    ("assertTrue", (0,)),
    ("assertFalse", (1,)),
    ("assertIs", (1, None)),
    ("assertIsNot", (None, None)),
    ("assertIsNone", (1,)),
    ("assertIsNotNone", (None,)),
    ("assertIn", (1, [2])),
    ("assertNotIn", (1, [1])),
    ("assertIsInstance", (1, str)),
    ("assertNotIsInstance", (1, int)),
    ("assertAlmostEqual", (1, 2)),
    ("assertNotAlmostEqual", (1, 1)),
    ("assertGreater", (1, 2)),
    ("assertGreaterEqual", (1, 2)),
    ("assertLess", (2, 1)),
    ("assertLessEqual", (2, 1)),
    ("assertRegex", ("a", "b")),
    ("assertNotRegex", ("a", "a")),
    ("assertCountEqual", ([1], [2])),
    ("assertDictEqual", ({}, {1: 1})),
    ("assertSetEqual", ({1}, {2})),
    ("assertTupleEqual", ((1,), (2,))),
    ("assertRaises", (LookupError, int)),
    ("assertRaisesRegex", (LookupError, "a", int)),
    ("fail", ()),
)


class MustFail(unittest.TestCase):  # pragma: no cover
    def test_must_fail_equal(self) -> None:
        self.assertEqual(1, 2)

    def test_must_fail_demand(self) -> None:
        for name, arguments in DEMANDS:
            try:
                getattr(self, name)(*arguments)
            except AssertionError:
                continue
            return
        self.fail("as it must")

    def test_must_fail_expecting(self) -> None:
        with self.assertRaises(LookupError):
            pass

    def test_must_fail_assert(self) -> None:
        number = 1
        assert number == 2

    def test_must_fail_raising(self) -> None:
        raise AssertionError("as it must")

    def test_must_fail_breaking(self) -> None:
        raise LookupError("as it must")


def test_must_fail_plain() -> None:  # pragma: no cover
    number = 1
    assert number == 2


def test_must_fail_raised() -> None:  # pragma: no cover
    raise AssertionError("as it must")


def test_must_fail_broken() -> None:  # pragma: no cover
    raise LookupError("as it must")


def test_must_fail_expected() -> None:  # pragma: no cover
    import pytest

    with pytest.raises(LookupError):
        pass


def test_must_fail_near() -> None:  # pragma: no cover
    import pytest

    assert pytest.approx(2) == 1


def test_must_fail_told() -> None:  # pragma: no cover
    import pytest

    pytest.fail("as it must")
