"""A table keeps typed values under its own name in a store that others use as well."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pytest

from cache.memory import MemoryStore
from cache.table import Table

if TYPE_CHECKING:
    from cache.store import JSON


@dataclass(frozen=True)
class Film:
    title: str
    year: int


def _read(value: JSON) -> Film:
    match value:
        case {"title": str(title), "year": int(year)}:
            return Film(title, year)
        case _:
            raise ValueError(value)


def _films(store: MemoryStore, namespace: str = "films") -> Table[Film]:
    return Table(store, namespace, encode=asdict, decode=_read)


ALIEN, HEAT = Film("Alien", 1979), Film("Heat", 1995)


def test_values_come_back_as_what_they_were() -> None:
    table = _films(MemoryStore())
    table.set("/a\udcff", ALIEN)
    table.set("/h", HEAT)
    table.set("/a\udcff", ALIEN)

    assert table.get("/a\udcff") == ALIEN
    assert list(table.items()) == [("/a\udcff", ALIEN), ("/h", HEAT)]
    assert table.delete("/h") is True
    assert table.get("/h") is None


def test_time_passes_for_its_entries_and_peek_looks_past_it() -> None:
    now = [100.0]
    table = _films(MemoryStore(lambda: now[0]))
    table.set("/a", ALIEN, ttl_s=10)
    now[0] += 11

    assert table.get("/a") is None
    assert table.peek("/a") == ALIEN
    assert table.peek("/unknown") is None


def test_tables_of_one_store_do_not_see_each_other() -> None:
    store = MemoryStore()
    films, more = _films(store), _films(store, "films2")
    films.set("/a", ALIEN)
    more.set("/a", HEAT)

    assert films.clear() == 1
    assert films.get("/a") is None
    assert more.get("/a") == HEAT


def test_a_namespace_with_a_colon_could_be_another_tables_and_is_refused() -> None:
    with pytest.raises(ValueError, match="colon"):
        _films(MemoryStore(), "films:old")


@pytest.mark.parametrize("stored", ["text", {"title": "Alien"}, [1], {"title": 1, "year": "x"}])
def test_an_entry_that_cannot_be_read_is_a_miss_and_is_dropped(stored: JSON) -> None:
    store = MemoryStore()
    for key in ("get", "peek", "items"):
        store.set(f"films:{key}", stored)
    table = _films(store)

    assert table.get("get") is None
    assert table.peek("peek") is None
    assert list(table.items()) == []
    assert store.statistics().entries == 0


@pytest.mark.parametrize("error", [KeyError, IndexError, TypeError, AttributeError, ValueError])
def test_every_error_that_reading_a_foreign_shape_brings_is_taken_so(
    error: type[Exception],
) -> None:
    def fail(_: JSON) -> Film:
        raise error

    store = MemoryStore()
    table = Table(store, "films", encode=asdict, decode=fail)
    table.set("/a", ALIEN)

    assert table.get("/a") is None


def test_a_value_that_would_look_like_a_miss_is_refused() -> None:
    table: Table[int] = Table(MemoryStore(), "numbers", encode=lambda _: None, decode=lambda _: 1)

    with pytest.raises(ValueError, match="miss"):
        table.set("key", 1)
