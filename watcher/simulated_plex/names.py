"""What a scanner reads from names: movies, episodes and tracks from paths below a location."""

from __future__ import annotations

import re
from dataclasses import dataclass

VIDEO = frozenset(
    {
        "3g2",
        "3gp",
        "asf",
        "avi",
        "divx",
        "flv",
        "iso",
        "m2ts",
        "m4v",
        "mkv",
        "mov",
        "mp4",
        "mpeg",
        "mpg",
        "mts",
        "ogm",
        "ogv",
        "rm",
        "rmvb",
        "ts",
        "vob",
        "webm",
        "wmv",
        "wtv",
    }
)
AUDIO = frozenset(
    {
        "aac",
        "aif",
        "aiff",
        "alac",
        "ape",
        "flac",
        "m4a",
        "m4b",
        "mp3",
        "mpc",
        "oga",
        "ogg",
        "opus",
        "wav",
        "wma",
        "wv",
    }
)
SUBTITLES = frozenset(
    {
        "ass",
        "idx",
        "smi",
        "srt",
        "ssa",
        "sub",
        "vtt",
    }
)
IMAGES = frozenset(
    {
        "bmp",
        "gif",
        "jpeg",
        "jpg",
        "png",
        "tbn",
        "webp",
    }
)
LYRICS = frozenset(
    {
        "lrc",
        "txt",
    }
)

DISCS = {"bdmv": ("m2ts",), "video_ts": ("vob",)}
EXTRA_FOLDERS = frozenset(
    {
        "behind the scenes",
        "behindthescenes",
        "deleted",
        "deleted scenes",
        "extras",
        "featurettes",
        "interviews",
        "other",
        "scenes",
        "shorts",
        "trailers",
    }
)
EXTRA_SUFFIX = re.compile(
    r"-(trailer|deleted|behindthescenes|interview|scene|featurette|short|other)$", re.IGNORECASE
)

_EPISODE = re.compile(
    r"(?<![A-Za-z0-9])s(\d{1,4})[ ._-]{0,3}"
    r"(e\d{1,4}(?:[ ._-]{0,3}(?:e\d{1,4}|-\d{1,4}(?![0-9A-Za-z])))*)",
    re.IGNORECASE,
)
_CROSS = re.compile(r"(?<![A-Za-z0-9])(\d{1,2})x(\d{2,3})(?!\d)", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-._ ](\d\d)[-._ ](\d\d)(?!\d)")
_YEAR = re.compile(r"^(?P<title>.+?)[ ._]*[(\[. _]+(?P<year>(?:19|20)\d\d)(?:[)\]. _-]|$)")
_TAG = re.compile(r"\{((?:tmdb|tvdb|imdb|edition)-[^{}]+)\}", re.IGNORECASE)
_STACK = re.compile(r"[ ._-]+(?:cd|dis[ck]|dvd|part|pt)[ ._-]?([1-8a-d])$", re.IGNORECASE)
_TRACK = re.compile(r"^(?:(\d{1,2})[-.])?(\d{1,3})[ ._-]+(.+)$")
_ALBUM_YEAR = re.compile(r"\s*[(\[](?:19|20)\d\d[)\]]")


@dataclass(frozen=True, slots=True)
class MovieName:
    """A film by its name; `identity` is what makes two files versions of one item."""

    title: str
    year: int | None
    identity: str
    stack: str


@dataclass(frozen=True, slots=True)
class EpisodeName:
    """One file's episodes: several for a multi-episode file; `date` for a daily show."""

    show: str
    year: int | None
    season: int
    episodes: tuple[int, ...]
    date: str | None = None


@dataclass(frozen=True, slots=True)
class TrackName:
    """A track by its place: artist, album, disc and number, title."""

    artist: str
    album: str
    disc: int
    index: int | None
    title: str

    @property
    def identity(self) -> str:
        """What is unique of a track within its album."""
        return f"{self.disc}|{self.index}|{self.title.casefold()}"


def extension(name: str) -> str:
    """Answer a name's extension in small letters, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""


def stem(name: str) -> str:
    """Answer a name without its extension."""
    return name.rpartition(".")[0] if "." in name.lstrip(".") else name


def looks_like_episode(name: str) -> bool:
    """Tell whether a movie library leaves this name alone because it reads like an episode."""
    return bool(_EPISODE.search(name))


def movie_of(below: tuple[str, ...]) -> MovieName | None:
    """Read a film from its path below the location; None if a movie scanner leaves it alone."""
    if looks_like_episode(below[-1]):
        return None
    disc = next((at for at, name in enumerate(below) if name.lower() in DISCS), 0)
    if disc:
        below = (*below[:disc], below[disc - 1])
    own = below[-1] if disc else stem(below[-1])
    bare = _STACK.sub("", own)
    stack = "/".join((*below[:-1], bare))
    title, year = _title_and_year(bare)
    tags = _tags(own)
    if len(below) > 1:
        folder_title, folder_year = _title_and_year(below[-2])
        if folder_year is not None and (year is None or _alike(title, folder_title)):
            title, year, tags = folder_title, folder_year, _tags(below[-2]) | tags
    identity = "|".join((_plain(title), str(year), *sorted(tags)))
    return MovieName(title, year, identity, stack)


def episode_of(below: tuple[str, ...]) -> EpisodeName | None:
    """Read a show and its episodes from a path below the location; None without a number."""
    name = stem(below[-1])
    for pattern, read in ((_EPISODE, _numbered), (_CROSS, _crossed), (_DATE, _dated)):
        found = pattern.search(name)
        if found is not None:
            show = below[0] if len(below) > 1 else name[: found.start()]
            title, year = _title_and_year(show.strip(" ._-") or "Unknown")
            season, episodes, date = read(found)
            return EpisodeName(title, year, season, episodes, date)
    return None


def track_of(below: tuple[str, ...]) -> TrackName:
    """Read a track from its path below the location: Artist/Album/NN - Title."""
    found = _TRACK.match(stem(below[-1]))
    disc, index, title = (found[1], found[2], found[3]) if found else (None, None, stem(below[-1]))
    folders = below[:-1] or ("Various Artists",)
    artist, album = folders[0], folders[1] if len(folders) > 1 else "[Unknown Album]"
    if len(folders) == 1 and " - " in artist:
        artist, _, album = artist.partition(" - ")
    return TrackName(
        artist.strip(),
        _ALBUM_YEAR.sub("", album).strip(),
        int(disc or 1),
        int(index) if index else None,
        title.strip(),
    )


def _numbered(found: re.Match[str]) -> tuple[int, tuple[int, ...], str | None]:
    numbers = [int(number) for number in re.findall(r"\d+", found[2])]
    if len(numbers) == 2 and "-" in found[2] and 0 < numbers[1] - numbers[0] < 20:
        numbers = list(range(numbers[0], numbers[1] + 1))
    return int(found[1]), tuple(dict.fromkeys(numbers)), None


def _crossed(found: re.Match[str]) -> tuple[int, tuple[int, ...], str | None]:
    return int(found[1]), (int(found[2]),), None


def _dated(found: re.Match[str]) -> tuple[int, tuple[int, ...], str | None]:
    year, month, day = (int(found[group]) for group in (1, 2, 3))
    return year, (month * 100 + day,), f"{year:04}-{month:02}-{day:02}"


def _title_and_year(text: str) -> tuple[str, int | None]:
    text = _TAG.sub("", text).strip()
    found = _YEAR.match(text)
    if found is None:
        return _words(text) or text, None
    return _words(found["title"]) or text, int(found["year"])


def _words(text: str) -> str:
    spaced = text if " " in text else text.replace(".", " ").replace("_", " ")
    return spaced.strip(" -._")


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", " ", title.casefold()).strip()


def _alike(one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    return one.startswith(other) or other.startswith(one)


def _tags(text: str) -> frozenset[str]:
    return frozenset(tag.lower() for tag in _TAG.findall(text))


_SEASON = re.compile(r"(season|staffel|saison|series|s)[ ._-]?\d+|specials", re.IGNORECASE)


def names_season(folder: str) -> bool:
    """Tell whether a folder is a season's and not a show's own."""
    return bool(_SEASON.fullmatch(folder))
