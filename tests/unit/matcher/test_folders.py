"""What is noise in folders: asked of one path, of a whole directory's names, with what is known."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from matcher.folders import Folder, Folders
from matcher.globs import Globs
from matcher.noise import is_noise_path, without_noise

NAMES = ("a", "b", "c d", "@eaDir", ".hidden", "Mr. Robot", "_UNPACK_x", "plex versions")
FOLDERS = Folders(
    (
        Folder("/media"),
        Folder("/media/a/@eaDir", ignore=Globs(["b/", "*.part1"])),
        Folder("/other", ignore=Globs(["Extras", "a/b"])),
    )
)


def as_defined(path: str, *, is_dir: bool) -> bool:
    """What `is_noise` is without a memory."""
    held = FOLDERS.holding(path)
    return held is None or is_noise_path(held[1], is_dir=is_dir, ignore=held[0].ignore)


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(
                    ["media", "other", *NAMES, "Extras", ".plexignore", "x.part", "x.part1"]
                ),
                min_size=1,
                max_size=5,
            ),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_what_is_remembered_of_directories_changes_no_answer(
    asked: list[tuple[list[str], bool]],
) -> None:
    for names, is_dir in asked:
        path = "/" + "/".join(names)
        assert FOLDERS.is_noise(path, is_dir) == as_defined(path, is_dir=is_dir), path


def test_the_root_may_be_a_folder() -> None:
    folders = Folders((Folder("/"),))

    assert not folders.is_noise("/", True)
    assert not folders.is_noise("/film.mkv")
    assert folders.is_noise("/@eaDir", True)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*NAMES, "LOST+FOUND", "System Volume Information", "networ\u212a trash folder"]
            ),
            st.text("aA.~_@#$- tdrK\u212a", min_size=1, max_size=12),
            st.text(st.characters(exclude_characters="\0/"), min_size=1, max_size=6),
        ),
        max_size=5,
    )
)
def test_names_are_noise_together_as_they_are_alone(names: list[str]) -> None:
    folders = Folders((Folder("/media"),))
    spelled = [os.fsencode(name) for name in names if _can_be_spelled(name)]
    expected = [
        name for name in spelled if not folders.is_noise(f"/media/{os.fsdecode(name)}", True)
    ]

    assert without_noise(spelled) == expected
    assert folders.without_noise(spelled) == expected


def _can_be_spelled(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return name not in {".", ".."}


def test_patterns_have_each_name_asked_about() -> None:
    folders = Folders((Folder("/media"), Folder("/other", ignore=Globs(["Extras"]))))

    assert folders.without_noise([b"a"]) is None
