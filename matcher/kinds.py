"""Kinds: what a file is to Plex, by its name and place alone.

Tables, not guesses: extensions, fixed names, folder names, name endings. What the tables cannot
know (whether Plex has the file, which type of library it lies in) is decided later: a file that
Plex has as a part is media, whatever it is called.

Sources: the names of Plex's local media agent and scanners as published in 2015 (the current ones
are closed), Plex's articles on local files, subtitles, extras and naming.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matcher.change import Kind
from matcher.globs import NO_GLOBS
from matcher.names import parse, words
from matcher.noise import is_noise, is_noise_path
from matcher.paths import split_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.globs import Globs

__all__ = [
    "SAMPLE_LIMIT_BYTES",
    "disc_folder",
    "disc_start",
    "extra_suffix",
    "is_extras_folder",
    "is_image",
    "is_noise",
    "is_subtitle_folder",
    "kind_of",
    "kind_of_names",
]


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


SAMPLE_LIMIT_BYTES = 300 * 1024 * 1024
"""Plex's scanner passes over what is called a sample only below this size."""

_VIDEO = _listed(
    "3g2 3gp asf asx avi divx dv dvr-ms evo f4v flv m2t m2ts m2v m4v mkv mk3d mov mp4 mpe mpeg mpg"
    " mts mxf nsv nuv ogm ogv pva qt rec rm rmvb tp trp ts ty vdr viv vob webm wmv wtv xvid"
)
_AUDIO = _listed(
    "aac ac3 aif aifc aiff alac ape dff dsf dts eac3 flac m4a m4b m4p mka mp2 mp3 mpc oga ogg opus"
    " ra tta wav wma wv"
)
_IMAGE = _listed("jpg jpeg png tbn webp gif bmp tif tiff heic avif")
_SUBTITLE = _listed("srt smi ssa ass vtt sub idx")
_DISC = _listed("m2ts vob evo mpls clpi bdmv ifo bup bdm mpl cpi mts ssif")
"""What the video of a disc is made of; pictures and programs in its folders are not."""
_BY_EXTENSION = {
    **dict.fromkeys(_VIDEO, Kind.VIDEO),
    **dict.fromkeys(_AUDIO, Kind.AUDIO),
    **dict.fromkeys(_IMAGE, Kind.ARTWORK),
    **dict.fromkeys(_SUBTITLE, Kind.SUBTITLE),
    "lrc": Kind.LYRICS,
    "nfo": Kind.NFO,
}
_BY_NAME = {".plexignore": Kind.IGNORE_FILE, ".plexmatch": Kind.MATCH_FILE}

_DISC_FOLDERS = frozenset({"bdmv", "video_ts", "hvdvd_ts"})
_DISC_FILE = re.compile(r"(?:video_ts|vts_\d\d_\d)\.(?:ifo|bup)", re.IGNORECASE)
_EXTRAS_FOLDERS = _listed(
    "trailer trailers behindthescenes deleted deletedscene deletedscenes featurette featurettes"
    " interview interviews scene scenes short shorts other others extra extras bonus"
)
_SUBTITLE_FOLDERS = frozenset({"sub", "subs", "subtitle", "subtitles"})
_SAMPLE_FOLDERS = frozenset({"sample", "samples"})
_EXTRA = re.compile(
    r"-(?:trailer|behindthescenes|deleted|featurette|interview|scene|short|other)\d*$",
    re.IGNORECASE,
)
_TRAILER = re.compile(r"(?:movie-)?trailer[-_ ]?\d*$", re.IGNORECASE)
_SAMPLE = re.compile(r"sample(?:[-_]|$)|.*[-._(\[]sample[)\]]?\d?$", re.IGNORECASE | re.DOTALL)
_SMALL_SAMPLE = re.compile(r"sample\.|.* samples?\d?$", re.IGNORECASE | re.DOTALL)
"""Taken for samples only where the size is known to be small: these may be titles as well."""
_THEME = re.compile(r"theme-?\d?", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W_]+")
_EMPTY_IS_FINE = frozenset({Kind.IGNORE_FILE, Kind.MATCH_FILE, Kind.OTHER, Kind.DIR, Kind.NOISE})


def kind_of(
    path: str, *, is_dir: bool = False, ignore: Globs = NO_GLOBS, size: int | None = None
) -> Kind:
    """Say what a path is.

    Args:
        path: The path below the watched folder, with `/`. Names above it must not count, so an
            absolute path gives a wrong answer where one of those is hidden.
        is_dir: Whether it is a directory.
        ignore: The user's patterns; what they match is noise.
        size: The file's size in bytes, where it is known.
    """
    names = [each for each in path.split("/") if each]
    return kind_of_names(names, is_dir=is_dir, ignore=ignore, size=size)


def kind_of_names(
    names: Sequence[str], *, is_dir: bool, ignore: Globs = NO_GLOBS, size: int | None = None
) -> Kind:
    """Say what a path is, given as names below the watched folder, or better below the location.

    Folders for extras and samples count only inside another folder: `Shorts` right below the root
    is somebody's collection of short films.
    """
    if is_noise_path(names, is_dir=is_dir, ignore=ignore):
        return Kind.NOISE
    if is_dir or not names:
        is_sample = len(names) > 1 and names[-1].lower() in _SAMPLE_FOLDERS
        return Kind.NOISE if is_sample else Kind.DIR
    kind = _by_tables(names)
    if kind is Kind.VIDEO:
        kind = _video(names, size)
    if size == 0 and kind not in _EMPTY_IS_FINE:
        return Kind.NOISE
    return kind


def is_extras_folder(name: str) -> bool:
    """Say whether a folder of that name, inside another one, holds extras."""
    return _NOT_LETTERS.sub("", name).lower() in _EXTRAS_FOLDERS


def is_subtitle_folder(name: str) -> bool:
    """Say whether a folder of that name holds the subtitles of the folder it lies in."""
    return name.lower() in _SUBTITLE_FOLDERS


def is_image(name: str) -> bool:
    """Say whether a file is a picture by its extension."""
    return split_name(name)[1][1:] in _IMAGE


def extra_suffix(stem: str) -> str:
    """Return the ending that makes a file an extra (`-trailer`), or ""."""
    match = _EXTRA.search(stem)
    return match.group() if match and match.start() > 0 else ""


def disc_start(names: Sequence[str]) -> int | None:
    """Return where in a path the folder of a disc stands (`BDMV`, `VIDEO_TS`), or None."""
    for index, each in enumerate(names):
        if each.lower() in _DISC_FOLDERS:
            return index
    return None


def disc_folder(path: str) -> str | None:
    """Return the disc folder that a host path is or lies in, or None."""
    names = path.split("/")
    start = disc_start(names)
    return None if start is None else "/".join(names[: start + 1])


def _by_tables(names: Sequence[str]) -> Kind:
    name = names[-1]
    extension = split_name(name)[1][1:]
    if disc_start(names[:-1]) is not None:
        return Kind.VIDEO if extension in _DISC else Kind.OTHER
    if _DISC_FILE.fullmatch(name):
        return Kind.VIDEO
    if name in _BY_NAME:
        return _BY_NAME[name]
    kind = _BY_EXTENSION.get(extension, Kind.OTHER)
    if kind is Kind.AUDIO and _THEME.fullmatch(split_name(name)[0]):
        return Kind.THEME
    return kind


def _video(names: Sequence[str], size: int | None) -> Kind:
    """Tell media from samples and extras."""
    if disc_start(names[:-1]) is not None:
        return Kind.VIDEO
    stem = split_name(names[-1])[0]
    folder = names[-2] if len(names) > 2 else ""
    if _is_sample(stem, folder, size):
        return Kind.NOISE
    if extra_suffix(stem) or _TRAILER.match(stem):
        return Kind.EXTRA
    # A show called "Extras", within some genre, has files that are called so, too.
    own = folder and parse(stem).title == words(folder)
    return Kind.EXTRA if folder and is_extras_folder(folder) and not own else Kind.VIDEO


def _is_sample(stem: str, folder: str, size: int | None) -> bool:
    if size is not None and size >= SAMPLE_LIMIT_BYTES:
        return False
    if _SAMPLE.match(stem) or folder.lower() in _SAMPLE_FOLDERS:
        return True
    return size is not None and _SMALL_SAMPLE.match(stem) is not None
