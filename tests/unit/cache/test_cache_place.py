"""A store's directory is private, and one that somebody else has a hand in is refused."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cache.disk import open_disk_store
from cache.place import Place
from cache.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cache.store import Store

NOBODY = 65_534

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can make files of other users, to see them refused"
)


def _open(directory: Path, said: list[str] | None = None) -> Store:
    report = pytest.fail if said is None else said.append
    return open_disk_store(directory, "matches", size_limit_bytes=None, report=report)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Be another user for a while, without the rights of root."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A directory that other users can reach, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="plexnudge-place-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_no_umask")
def test_what_it_makes_is_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "state"
    store = _open(directory)
    store.set("key", 1)

    assert _mode(directory) == 0o700
    assert _mode(directory / "matches") == 0o700
    assert {_mode(file) for file in (directory / "matches").iterdir()} == {0o600}
    store.close()


def test_a_store_directory_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "matches").mkdir()
    (tmp_path / "matches").chmod(0o777)
    _open(tmp_path).close()

    assert _mode(tmp_path / "matches") == 0o700


def test_a_directory_of_ours_that_others_can_write_is_closed_to_them_and_that_is_said(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o777)
    said: list[str] = []
    _open(tmp_path, said).close()

    assert _mode(tmp_path) == 0o700
    assert len(said) == 1
    assert str(tmp_path) in said[0]


def test_a_directory_that_others_can_read_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    _open(tmp_path).close()

    assert _mode(tmp_path) == 0o755


@pytest.mark.parametrize("mode", [0o1777, 0o2775], ids=["like /tmp", "like a share"])
def test_a_directory_shared_on_purpose_is_refused_and_left_as_it_is(
    tmp_path: Path, mode: int
) -> None:
    tmp_path.chmod(mode)

    with pytest.raises(StoreError, match=f"directory of its own.*chmod 700 {tmp_path}"):
        _open(tmp_path)
    assert _mode(tmp_path) == mode
    assert list(tmp_path.iterdir()) == []


def test_a_store_behind_a_link_is_refused_and_its_target_left_alone(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    (tmp_path / "matches").symlink_to(victim)

    with pytest.raises(StoreError, match=r"symbolic link.*rm "):
        _open(tmp_path)
    assert _mode(victim) == 0o755
    assert list(victim.iterdir()) == []


def test_a_link_of_our_own_to_the_state_directory_is_followed(tmp_path: Path) -> None:
    """With DynamicUser= systemd makes /var/lib/plexnudge a link to private/plexnudge."""
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to("private")
    _open(tmp_path / "state").close()

    assert (tmp_path / "private" / "matches" / "cache.db").is_file()


@needs_root
def test_a_link_of_another_user_to_the_state_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to("victim")
    os.lchown(tmp_path / "state", NOBODY, NOBODY)

    with pytest.raises(StoreError, match="symbolic link"):
        _open(tmp_path / "state")
    assert list((tmp_path / "victim").iterdir()) == []


@needs_root
def test_a_state_directory_of_another_user_is_refused_with_the_cure(open_path: Path) -> None:
    state = open_path / "state"
    state.mkdir(mode=0o755)
    os.chown(state, 1234, 1234)

    with _as_nobody(), pytest.raises(StoreError, match=f"user 1234.*chown -R {NOBODY} {state}"):
        _open(state)


@needs_root
def test_a_store_that_root_made_is_refused_to_the_service_with_the_cure(open_path: Path) -> None:
    os.chown(open_path, NOBODY, NOBODY)
    (open_path / "matches").mkdir(mode=0o700)

    with _as_nobody(), pytest.raises(StoreError, match=f"user 0.*chown -R {NOBODY}"):
        _open(open_path)


@needs_root
def test_a_state_directory_that_cannot_be_written_is_refused_with_the_cure(
    open_path: Path,
) -> None:
    with _as_nobody(), pytest.raises(StoreError, match="may not; give this user the right"):
        _open(open_path)


@needs_root
def test_what_root_makes_in_a_users_directory_is_that_users(open_path: Path) -> None:
    """`sudo plexnudge cache stats` before the first start must not lock the service out."""
    state = open_path / "state"
    state.mkdir(mode=0o700)
    os.chown(state, NOBODY, NOBODY)
    store = _open(state)
    store.set("key", 1)
    made = [state / "matches", *(state / "matches").iterdir()]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(NOBODY, NOBODY)}
    store.close()

    with _as_nobody():
        store = _open(state)
        assert store.get("key") == 1
        store.set("key", 2)
        store.close()


@pytest.mark.parametrize("name", ["~", "$HOME", "${HOME}x", "a b", "caf\u00e9", "\udcff", "#?%41"])
def test_the_directory_is_taken_as_it_is_spelled(tmp_path: Path, name: str) -> None:
    """By itself diskcache would expand ~ and $HOME."""
    store = _open(tmp_path / name)
    store.set("key", 1)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "matches" / "cache.db").is_file()
    store.close()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "A", "a.damaged-1"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name for a store"):
        open_disk_store(tmp_path, name, size_limit_bytes=None, report=pytest.fail)


def test_a_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a directory")

    with pytest.raises(StoreError, match="state/matches"):
        _open(tmp_path / "state")
    assert (tmp_path / "state").read_text() == "not a directory"


def test_two_that_were_set_aside_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    place = Place(tmp_path, "matches")
    asides = []
    for number in range(4):
        place.home.mkdir()
        (place.home / "cache.db").write_text(str(number))
        asides.append(place.set_aside(1_700_000_000.0 + number))

    assert sorted(tmp_path.iterdir()) == asides[-2:]
    assert [(aside / "cache.db").read_text() for aside in asides[-2:]] == ["2", "3"]
    assert asides[0].name == "matches.damaged-20231114T221320Z"


def test_two_in_one_second_get_different_names(tmp_path: Path) -> None:
    place = Place(tmp_path, "matches")
    for _ in range(2):
        place.home.mkdir()
        place.set_aside(1_700_000_000.0)

    assert len(list(tmp_path.iterdir())) == 2


def test_with_a_clock_that_was_set_back_the_newest_is_kept_all_the_same(tmp_path: Path) -> None:
    place = Place(tmp_path, "matches")
    for now in (1_700_000_000.0, 1_700_000_001.0):
        place.home.mkdir()
        place.set_aside(now)
    place.home.mkdir()

    assert place.set_aside(5.0).is_dir()
    assert len(list(tmp_path.iterdir())) == 2


def test_taking_an_old_one_away_follows_no_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    place = Place(tmp_path, "matches")
    for number in range(4):
        (tmp_path / f"matches.damaged-0{number}").symlink_to(victim)
    place.home.mkdir()
    (place.home / "link").symlink_to(victim)
    place.set_aside(1_700_000_000.0)
    for now in (1_700_000_001.0, 1_700_000_002.0):
        place.home.mkdir()
        place.set_aside(now)

    assert (victim / "file").read_text() == "precious"
    assert len(list(tmp_path.glob("matches.damaged-*"))) == 2
