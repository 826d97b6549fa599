"""What happens below links to directories: seen while it happens, and told through the link."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Mounts, Watched, folder, mirrored, mounts_or_skip, watched, write

from watcher import limits
from watcher.events import What
from watcher.kernel import Calls
from watcher.observe import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

WAYS = pytest.mark.parametrize("way", ["inotify", "polling"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    write(root / "Film" / "Film.mkv")
    return root


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """What a link leads to, outside."""
    write(tmp_path / "disk" / "Show" / "S01" / "e.mkv")
    return tmp_path / "disk" / "Show"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    return state


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    with mounts_or_skip(tmp_path) as mounts:
        yield mounts


def link(at: Path, target: Path) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(target)
    return at


def point(at: Path, target: Path) -> None:
    """Point a link elsewhere at once."""
    link(at.with_name("_UNPACK_new"), target).rename(at)


def followed(seen: Watched) -> dict[str, str]:
    return {os.fsdecode(one.path): os.fsdecode(one.real) for one in seen.watching.links()}


def wait_for_links(seen: Watched, *links: Path) -> None:
    wait_until(
        lambda: set(followed(seen)) == {str(one) for one in links} and is_at_rest(seen),
        what=lambda: f"{followed(seen)} {seen.reports}",
    )


def is_at_rest(seen: Watched) -> bool:
    for emitter in seen.watching._emitters:
        watch = emitter.ground_watch
        if watch.scene.notifier is not None and (
            watch.looker or watch._inspector or watch.scene.recheck or not watch._is_walked
        ):
            return False
    linked = seen.watching._linked
    return linked is not None and not linked._has_news


def inner(seen: Watched) -> dict[str, int]:
    """How many directories are watched below links."""
    assert seen.watching._linked is not None
    tree = seen.watching._linked.scene.tree
    return {os.fsdecode(tree.path(one.top) or b""): one.directories for one in tree.branches}


@WAYS
def test_what_happens_below_a_link_is_told_through_it(root: Path, show: Path, way: str) -> None:
    at = link(root / "Show", show)
    with Watched([folder(root, way)]) as seen:
        wait_for_links(seen, at)
        write(show / "S01" / "f.mkv")
        write(show / "S02" / "Disc 1" / "g.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CREATED, What.CLOSED)
        seen.wait_for(at / "S02" / "Disc 1" / "g.mkv", What.CREATED, What.CLOSED)
        (show / "S01" / "e.mkv").write_text("in place")
        seen.wait_for(at / "S01" / "e.mkv", What.WRITTEN, What.CLOSED)
        (show / "S01" / "e.mkv").unlink()
        seen.wait_for(at / "S01" / "e.mkv", What.DELETED)
        shutil.rmtree(show / "S02")
        seen.wait_for(at / "S02", What.DELETED)
        assert seen.state_of(root).method == way
        assert seen.state_of(root).directories == 4

    assert not [one for one in seen.events if not one.path.startswith(f"{root}/")]
    assert not seen.told(at)


@WAYS
def test_a_link_that_appears_is_watched(root: Path, show: Path, way: str) -> None:
    with Watched([folder(root, way)]) as seen:
        at = link(root / "Shows" / "Show", show)
        seen.wait_for(at, What.WRITTEN)
        seen.wait_for(at / "S01" / "e.mkv", What.CREATED)
        seen.wait_for(write(at / "S01" / "f.mkv"))
        assert seen.state_of(root).directories == 5


@WAYS
def test_a_link_that_is_renamed_is_watched_by_its_new_name_without_a_new_look(
    root: Path, show: Path, way: str
) -> None:
    at = link(root / "Shows" / "Show", show)
    with Watched([folder(root, way)]) as seen:
        wait_for_links(seen, at)
        new = at.rename(at.with_name("Other"))
        wait_for_links(seen, new)
        (root / "Shows").rename(root / "TV")
        new = root / "TV" / "Other"
        wait_for_links(seen, new)
        seen.wait_for(new, What.WRITTEN)
        write(show / "S01" / "f.mkv")
        seen.wait_for(new / "S01" / "f.mkv")
        assert not seen.told(new / "S01" / "e.mkv")
        assert not [one for one in seen.reports if one[0] != "INFO"]


@WAYS
def test_a_link_that_goes_is_watched_no_more(root: Path, show: Path, way: str) -> None:
    at = link(root / "Show", show)
    with Watched([folder(root, way)]) as seen:
        wait_for_links(seen, at)
        at.unlink()
        wait_for_links(seen)
        seen.wait_for(at, What.DELETED)
        write(show / "S01" / "f.mkv")
        seen.settle(root)
        assert not inner(seen)
        assert seen.state_of(root).directories == 2
        assert not seen.state_of(root).problem
        assert not seen.watching.doubted()

    assert not [one for one in seen.events if one.path.startswith(f"{at}/")]
    assert not [one for one in seen.reports if one[0] != "INFO"]


@WAYS
def test_a_link_that_is_pointed_elsewhere_is_watched_there(
    root: Path, show: Path, tmp_path: Path, way: str
) -> None:
    other = tmp_path / "disk" / "Other"
    write(other / "S01" / "o.mkv")
    at = link(root / "Show", show)
    with Watched([folder(root, way)]) as seen:
        wait_for_links(seen, at)
        point(at, other)
        wait_until(lambda: followed(seen) == {str(at): str(other)})
        wait_for_links(seen, at)
        write(show / "S01" / "not.mkv")
        write(other / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv")
        seen.settle(root)
        assert not seen.told(at / "S01" / "not.mkv")
        assert not seen.state_of(root).problem


@WAYS
def test_a_target_that_is_away_loses_nothing_and_is_compared_when_it_is_back(
    root: Path, show: Path, way: str
) -> None:
    at = link(root / "Show", show)
    away = show.with_name("away")
    with Watched([folder(root, way)]) as seen:
        wait_for_links(seen, at)
        show.rename(away)
        wait_until(lambda: seen.watching.absent() == (str(at),))
        assert seen.watching.dead() == (str(at),)
        assert not seen.state_of(root).problem
        write(away / "S01" / "meanwhile.mkv")
        away.rename(show)
        seen.wait_for(at / "S01" / "meanwhile.mkv", What.CREATED)
        write(show / "S01" / "later.mkv")
        seen.wait_for(at / "S01" / "later.mkv")
        assert not seen.watching.dead()

    assert not [one for one in seen.events if one.what is What.DELETED]
    assert not seen.told(at / "S01" / "e.mkv")


@WAYS
@pytest.mark.parametrize("comes", ["before the start", "while watched", "moved in"])
def test_a_link_that_led_nowhere_is_followed_once_it_leads_somewhere(
    root: Path, tmp_path: Path, comes: str, way: str
) -> None:
    target = tmp_path / "disk" / "later" / "Show"
    at = root / "Show"
    if comes == "before the start":
        link(at, target)
    with Watched([folder(root, way)]) as seen:
        if comes == "while watched":
            link(at, target)
        elif comes == "moved in":
            link(tmp_path / "new" / "Show", target)
            at = (tmp_path / "new").rename(root / "new") / "Show"
        seen.settle(root)
        write(target / "S01" / "e.mkv")
        seen.wait_for(at, What.WRITTEN)
        seen.wait_for(at / "S01" / "e.mkv", What.CREATED)
        write(target / "S02" / "f.mkv")
        seen.wait_for(at / "S02" / "f.mkv", What.CREATED)
        assert is_dir_of(seen, at) == {True}
        assert not [one for one in seen.reports if one[0] != "INFO"]
        seen.events.clear()
        at.unlink()
        seen.wait_for(at, What.DELETED)
        assert {one.is_dir for one in seen.events if one.path == str(at)} == {True}


def is_dir_of(seen: Watched, path: Path) -> set[bool]:
    """As what something was told last: as a directory, a file, or both."""
    return {one.is_dir for one in seen.events if one.path == str(path) and one.what is What.WRITTEN}


@WAYS
def test_a_link_to_a_file_that_was_not_there_is_told_once_it_is(
    root: Path, tmp_path: Path, way: str
) -> None:
    at = link(root / "Other Film" / "Other Film.mkv", tmp_path / "disk" / "Other Film.mkv")
    with Watched([folder(root, way)]) as seen:
        seen.settle(root)
        write(tmp_path / "disk" / "Other Film.mkv")
        seen.wait_for(at, What.REPLACED, What.WRITTEN, What.CREATED)
        assert not [one for one in seen.events if one.path == str(at) and one.is_dir]
        assert not seen.watching.absent()


def test_a_link_below_a_link_that_led_nowhere_is_followed_once_it_leads_somewhere(
    root: Path, show: Path, tmp_path: Path
) -> None:
    inside = link(show / "S02", tmp_path / "other" / "S02")
    at = link(root / "Show", show)
    with watched(root) as seen:
        wait_for_links(seen, at)
        write(tmp_path / "other" / "S02" / "e.mkv")
        seen.wait_for(at / inside.name / "e.mkv", What.CREATED)
        wait_for_links(seen, at, at / inside.name)


def test_a_link_to_a_disk_that_is_mounted_later_is_followed(
    root: Path, show: Path, tmp_path: Path, mounts: Mounts
) -> None:
    point_ = tmp_path / "mnt"
    point_.mkdir()
    at = link(root / "Show", point_ / "Show")
    with watched(root) as seen:
        seen.settle(root)
        mounts.bind(show.parent, point_)
        seen.wait_for(at / "S01" / "e.mkv", What.CREATED)
        write(show / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CREATED)
        mounts.take_away(point_)
        wait_until(lambda: seen.watching.absent() == (str(at),))
    assert not [one for one in seen.events if one.what is What.DELETED and "mkv" in one.path]


def test_links_that_lead_nowhere_are_forgotten_when_they_go(root: Path, tmp_path: Path) -> None:
    at = link(root / "sub" / "Show", tmp_path / "not there")
    with watched(root) as seen:
        seen.settle(root)
        linked = seen.watching._linked
        assert linked is not None
        wait_until(lambda: linked._link_tops.dangling == 1)
        (root / "sub").rename(root / "other")
        wait_until(lambda: list(linked._link_tops._nowhere) == [os.fsencode(root / "other/Show")])
        (root / "other" / at.name).unlink()
        wait_until(lambda: linked._link_tops.dangling == 0)
        assert not seen.watching._emitters[0].ground_watch.scene.tree.dangling


def test_a_link_that_stays_dead_is_said_once_and_is_no_problem(
    root: Path, show: Path, state: Path
) -> None:
    at = link(root / "Show", show)
    get_known(root, state)
    shutil.rmtree(show)
    for _ in range(2):
        with watched(root, state=state) as seen:
            assert seen.watching.absent() == seen.watching.dead() == (str(at),)
            assert not seen.state_of(root).problem
            seen.watching._emitters[-1].ground_watch._retry()
            seen.settle(root)
            assert len([text for _, text in seen.reports if "leads nowhere" in text]) == 1
        assert not [one for one in seen.events if one.path.startswith(f"{at}/")]


def test_a_link_whose_disk_is_away_is_a_problem(root: Path, tmp_path: Path, mounts: Mounts) -> None:
    disk = tmp_path / "mnt"
    mounts.mount(disk)
    write(disk / "TV" / "Show" / "e.mkv")
    at = link(root / "TV", disk / "TV")
    with watched(root) as seen:
        wait_for_links(seen, at)
        mounts.take_away(disk)
        wait_until(lambda: seen.watching.absent() == (str(at),))
        assert "absent" in str(seen.state_of(root).problem)
        assert not seen.watching.dead()
    assert not [one for one in seen.events if one.what is What.DELETED]


def test_what_a_link_must_not_lead_to_is_said_once_and_not_watched(root: Path) -> None:
    for name, target in (("all", "/"), ("system", "/usr"), ("kernel", "/proc")):
        link(root / name, Path(target))
    with watched(root) as seen:
        at = link(root / "up", root.parent)
        wait_until(lambda: any(str(at) in text for _, text in seen.reports))
        wait_for_links(seen)
        (root / "Film" / "to Film").symlink_to(root / "Film")
        seen.settle(root)
        said = [text for level, text in seen.reports if level == "WARNING"]
    assert len(said) == 4
    assert all("is not watched by way of the link" in text for text in said)


def test_a_disk_that_is_unmounted_below_a_link_loses_nothing(
    root: Path, tmp_path: Path, mounts: Mounts
) -> None:
    disk, point_ = tmp_path / "real disk", tmp_path / "mnt"
    for n in range(5):
        write(disk / "TV" / f"Show {n}" / "e.mkv")
    mounts.bind(disk, point_)
    at = link(root / "TV", point_ / "TV")
    at_all = link(root / "all", point_)
    with watched(root) as seen:
        wait_for_links(seen, at_all)  # the other one leads into it
        mounts.unmount(point_)
        wait_until(lambda: seen.watching.absent() == (str(at_all),))
        write(disk / "TV" / "Show 3" / "new.mkv")
        mounts.bind(disk, point_)
        seen.wait_for(at_all / "TV" / "Show 3" / "new.mkv", What.CREATED)
        seen.settle(root)

    assert not [one for one in seen.events if one.what is What.DELETED and "marker" not in one.path]
    assert not seen.told(at / "Show 3" / "new.mkv")


@WAYS
def test_what_changed_below_a_link_while_nobody_watched_is_told(
    root: Path, show: Path, state: Path, way: str
) -> None:
    at = link(root / "Show", show)
    write(show / "S01" / "gone.mkv")
    get_known(root, state, way)
    (show / "S01" / "gone.mkv").unlink()
    (show / "S01" / "e.mkv").write_text("in place")
    write(show / "S02" / "new.mkv")
    with Watched([folder(root, way)], state=state) as seen:
        seen.wait_for(at / "S01" / "gone.mkv", What.DELETED)
        seen.wait_for(at / "S01" / "e.mkv", What.WRITTEN)
        seen.wait_for(at / "S02" / "new.mkv", What.CREATED)
        wait_for_links(seen, at)
    assert not seen.told(at)
    get_known(root, state, way)
    with Watched([folder(root, way)], state=state) as seen:
        wait_for_links(seen, at)
        seen.settle(root)
    assert not [one for one in seen.events if "marker" not in one.path]


def test_a_target_that_is_away_over_a_restart_is_remembered(
    root: Path, show: Path, state: Path
) -> None:
    at = link(root / "Show", show)
    get_known(root, state)
    away = show.with_name("away")
    show.rename(away)
    (away / "S01" / "e.mkv").unlink()
    with watched(root, state=state) as seen:
        assert seen.watching.absent() == (str(at),)
        seen.settle(root)
    with watched(root, state=state) as seen:
        away.rename(show)
        seen.wait_for(at / "S01" / "e.mkv", What.DELETED)
    assert not seen.told(at)


def test_a_folder_that_is_away_at_the_start_keeps_what_is_known_below_its_links(
    root: Path, show: Path, state: Path
) -> None:
    at = link(root / "Show", show)
    get_known(root, state)
    away = root.with_name("away")
    root.rename(away)
    with watched(root, state=state):
        (show / "S01" / "e.mkv").unlink()
    with watched(root, state=state) as seen:
        away.rename(root)
        seen.wait_for(at / "S01" / "e.mkv", What.DELETED)
        seen.settle(root)
    assert not seen.told(at)


def test_a_link_that_went_while_nobody_watched_is_forgotten(
    root: Path, show: Path, state: Path
) -> None:
    at = link(root / "Show", show)
    get_known(root, state)
    at.unlink()
    with watched(root, state=state) as seen:
        seen.wait_for(at, What.DELETED)
        wait_until(lambda: not followed(seen))
    assert len(list(state.glob("known-*"))) == 1
    assert not [one for one in seen.events if one.path.startswith(f"{at}/")]


def test_links_to_one_directory_tell_of_it_by_each_name(
    root: Path, show: Path, tmp_path: Path
) -> None:
    link(show / "More", write(tmp_path / "more" / "m.mkv").parent)
    one, two = link(root / "A" / "Show", show), link(root / "B" / "Show", show)
    with watched(root) as seen:
        wait_for_links(seen, one, two, one / "More", two / "More")
        write(show / "S01" / "f.mkv")
        write(tmp_path / "more" / "n.mkv")
        (show / "S01" / "e.mkv").rename(show / "S01" / "g.mkv")
        for at in (one, two):
            seen.wait_for(at / "S01" / "f.mkv", What.CLOSED)
            seen.wait_for(at / "S01" / "g.mkv", What.MOVED)
            seen.wait_for(at / "More" / "n.mkv", What.CLOSED)
        one.unlink()
        wait_for_links(seen, two, two / "More")
        write(show / "S01" / "h.mkv")
        seen.wait_for(two / "S01" / "h.mkv", What.CREATED, What.CLOSED)
        seen.settle(root)
        assert not seen.told(one / "S01" / "h.mkv")
        assert not seen.told(two / "S01" / "h.mkv").count(What.CREATED) > 1


def test_circles_and_chains_of_links_end(root: Path, show: Path, tmp_path: Path) -> None:
    far = write(tmp_path / "far" / "x.mkv").parent
    at = link(root / "Show", show)
    link(root / "parent", root.parent)
    link(root / "self", root)
    link(root / "inside", root / "Film")
    link(root / "nothing", root / "nothing")
    link(show / "back", root)
    link(show / "around", show)
    link(show / "up", show.parent)
    link(show / "far", far)
    link(far / "show", show)
    link(far / "far", far)
    chain = link(
        tmp_path / "chain", link(tmp_path / "chained", write(tmp_path / "end" / "z").parent)
    )
    end = link(root / "chain", chain)
    with watched(root) as seen:
        wait_for_links(seen, at, at / "far", end)
        write(far / "y.mkv")
        write(root / "Film" / "g.mkv")
        write(tmp_path / "end" / "e.mkv")
        seen.wait_for(at / "far" / "y.mkv", What.CLOSED)
        seen.wait_for(root / "Film" / "g.mkv", What.CLOSED)
        seen.wait_for(end / "e.mkv", What.CLOSED)
        seen.settle(root)

    assert len([one for one in seen.events if one.what is What.CLOSED and "y.mkv" in one.path]) == 1
    assert len([one for one in seen.events if one.what is What.CLOSED and "g.mkv" in one.path]) == 1


def test_a_link_in_the_way_to_a_target_is_heard_of(root: Path, show: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "disk2" / "Show" / "S01" / "o.mkv").parents[1]
    disks = link(tmp_path / "disks", show.parent)
    at = link(root / "Show", disks / "Show")
    with watched(root) as seen:
        wait_for_links(seen, at)
        point(disks, other.parent)
        wait_until(lambda: followed(seen) == {str(at): str(other)})
        write(other / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv")


def test_a_link_that_a_directory_replaces(root: Path, show: Path) -> None:
    at = link(root / "Show", show)
    with watched(root) as seen:
        wait_for_links(seen, at)
        at.unlink()
        write(at / "S01" / "own.mkv")
        wait_for_links(seen)
        seen.wait_for(at / "S01" / "own.mkv")
        seen.wait_for(write(at / "S01" / "more.mkv"))
        shutil.rmtree(at)
        link(at, show)
        wait_for_links(seen, at)
        write(show / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CREATED, What.CLOSED)


def test_a_folder_that_is_nested_lends_its_settings_to_its_links(root: Path, show: Path) -> None:
    at = link(root / "TV" / "Show", show)
    with Watched([folder(root), folder(root / "TV", "polling", 0.1)]) as seen:
        wait_for_links(seen, at)
        assert seen.state_of(root / "TV").polled == 3
        write(show / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CREATED)


def test_noise_below_a_link_is_not_told(root: Path, show: Path) -> None:
    at = link(root / "Show", show)
    link(root / "#recycle", write(show.parent / "Bin" / "b.mkv").parent)
    with watched(root) as seen:
        wait_for_links(seen, at)
        write(show / "@eaDir" / "x.mkv")
        write(show / "S01" / "x.part")
        write(show.parent / "Bin" / "c.mkv")
        write(show / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CLOSED)
        seen.settle(root)
    assert {Path(one.path).name for one in seen.of_files() if "marker" not in one.path} == {"f.mkv"}


def test_without_links_nothing_is_held_for_them(root: Path) -> None:
    before = limits.held().instances
    with watched(root):
        assert limits.held().instances == before + 2
    with watched(root):
        link(root / "Film" / "inside", root)
        wait_until(lambda: limits.held().instances == before + 4)


def test_a_target_on_a_file_system_that_tells_nothing_is_looked_at(
    root: Path, show: Path, tmp_path: Path
) -> None:
    """The folder around the link is watched, and looked at in rounds nowhere."""
    with mirrored(show, tmp_path / "point"):
        at = link(root / "Show", tmp_path / "point")
        with watched(root) as seen:
            wait_for_links(seen, at)
            assert seen.state_of(root).method == "inotify"
            assert seen.state_of(root).polled == 2
            write(show / "S01" / "f.mkv")
            seen.wait_for(at / "S01" / "f.mkv", What.CREATED)
            at.unlink()
            wait_for_links(seen)


def test_where_the_kernel_gives_no_instance_links_are_looked_at_without_a_rush(
    root: Path, show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Calls(lambda: -1, CALLS.add_watch, CALLS.remove_watch)
    monkeypatch.setattr("watcher.observe.CALLS", refused)
    at = link(root / "Show", show)
    with Watched([folder(root, "auto", 0.1)]) as seen:
        wait_until(lambda: followed(seen) == {str(at): str(show)})
        write(show / "S01" / "f.mkv")
        seen.wait_for(at / "S01" / "f.mkv", What.CREATED)
        assert seen.watching._linked is not None
        assert not seen.watching._linked.scene.recheck
        point(at, write(show.with_name("Other") / "S01" / "o.mkv").parents[1])
        seen.wait_for(at / "S01" / "o.mkv", What.CREATED)
        cpu, quiet = time.thread_time(), threading.Event()
        before = time.process_time()
        quiet.wait(0.5)
        assert time.process_time() - before - (time.thread_time() - cpu) < 0.25


def get_known(root: Path, state: Path, way: str = "auto") -> None:
    with Watched([folder(root, way)], state=state) as seen:
        wait_until(lambda: is_at_rest(seen) and all(is_safe(seen)))


def is_safe(seen: Watched) -> Iterator[bool]:
    for emitter in seen.watching._emitters:
        watch = emitter.ground_watch
        scene = watch.scene
        yield scene.notifier is None or (scene.is_inspected and not len(scene.ledger))


@pytest.mark.parametrize("leads_to", ["a folder", "another target", "nothing", "itself"])
def test_a_link_that_is_not_followed_is_once_something_on_its_way_leads_elsewhere(
    root: Path, show: Path, tmp_path: Path, leads_to: str
) -> None:
    alias, other = tmp_path / "alias", write(tmp_path / "other" / "sub" / "o.mkv").parents[1]
    before = {"a folder": root / "Film", "another target": other / "sub", "itself": alias}
    link(alias, before.get(leads_to, root / "Nothing"))
    known, at = link(root / "Other", other), link(root / "Show", alias)
    with watched(root) as seen:
        wait_for_links(seen, known)
        point(alias, show)
        wait_for_links(seen, known, at)
        seen.wait_for(at / "S01" / "e.mkv", What.CREATED)
        seen.wait_for_write(at / "S01" / "f.mkv")


@pytest.mark.parametrize("leads_to", ["a folder", "a target", "below a target", "news"])
def test_a_link_that_something_on_its_way_led_elsewhere_is_told_as_a_whole(
    root: Path, show: Path, tmp_path: Path, leads_to: str
) -> None:
    """What it shows no longer is missing by its name, and nobody else tells of that."""
    other = write(tmp_path / "other" / "sub" / "o.mkv").parents[1]
    after = {"a folder": root / "Film", "a target": other, "below a target": other / "sub"}
    alias = link(tmp_path / "alias", show)
    known, at = link(root / "Other", other), link(root / "Show", alias)
    with watched(root) as seen:
        wait_for_links(seen, known, at)
        point(alias, after.get(leads_to, write(tmp_path / "news" / "n.mkv").parent))
        seen.wait_for(at, What.WRITTEN)
        assert [one.is_dir for one in seen.events if one.path == str(at)] == [True]


def test_a_link_that_leads_to_an_absent_disk_since_the_last_run_is_told_when_that_comes(
    root: Path, show: Path, tmp_path: Path, state: Path
) -> None:
    other = write(tmp_path / "other" / "o.mkv").parent
    known, at = link(root / "Other", other), link(root / "Show", show)
    with watched(root, state=state) as seen:
        wait_for_links(seen, known, at)
    away = other.rename(tmp_path / "away")
    point(at, other)
    shutil.rmtree(show)
    with watched(root, state=state) as seen:
        wait_until(lambda: is_at_rest(seen))
        away.rename(other)
        seen.wait_for(at, What.WRITTEN)
