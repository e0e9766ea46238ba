import unittest

from fairshare.split import split_by_items, split_evenly


class SplitTest(unittest.TestCase):
    def test_a_bill_that_comes_out_even(self) -> None:
        self.assertEqual(split_evenly(900, 3), [300, 300, 300])

    def test_one_person_pays_everything(self) -> None:
        self.assertEqual(split_evenly(999, 1), [999])

    def test_nobody_cannot_pay(self) -> None:
        with self.assertRaises(ValueError):
            split_evenly(100, 0)

    def test_each_pays_for_what_they_had(self) -> None:
        self.assertEqual(split_by_items({"ada": [300, 200], "bob": [450]}), {"ada": 500, "bob": 450})
