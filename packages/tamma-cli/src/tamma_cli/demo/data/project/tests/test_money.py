import unittest

from fairshare.money import format_amount, parse_amount


class MoneyTest(unittest.TestCase):
    def test_reads_units_and_cents(self) -> None:
        self.assertEqual(parse_amount("12.50"), 1250)

    def test_reads_whole_units(self) -> None:
        self.assertEqual(parse_amount("7"), 700)

    def test_writes_two_digits(self) -> None:
        self.assertEqual(format_amount(1205), "12.05")
