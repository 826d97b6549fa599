"""A comparison stands for jobs until it is over: they are not done before."""

from __future__ import annotations

from watcher.compared import Compared


def test_a_comparison_ends_the_jobs_below_its_folder() -> None:
    compared = Compared()
    compared.ask("/m/Movies", 1, 10.0)
    compared.ask("/m/Movies/A", 2, 10.0)
    compared.ask("/m/TV", 3, 10.0)
    assert [compared.waits(serial) for serial in (1, 2, 3, 4)] == [True, True, True, False]

    assert compared.over("/m/Movies", 11.0) == [1, 2]
    assert [compared.waits(serial) for serial in (1, 2, 3)] == [False, False, True]
    assert compared.over(None, 11.0) == [3]
    assert compared.over(None, 11.0) == []


def test_one_that_had_begun_before_it_was_asked_for_may_have_missed_something() -> None:
    compared = Compared()
    compared.ask("/m", 1, 10.0)
    compared.ask("/m", 2, 12.0)

    assert compared.over("/m", 11.0) == [1]
    assert compared.waits(2)
    assert compared.over("/m", 13.0) == [2]
