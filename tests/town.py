"""The libraries that the decisions are tested on, as data: one server with everything at once.

Host folders lie below `/v`, what Plex sees below `/data` (or on Windows). Keys are chosen to be
read: films of section 1 are 1xx, of section 2 are 2xx; a show N has seasons N1, N2 and episodes
N101, N102; an artist N has albums N1 and tracks N101.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from matcher import paths
from matcher.explain import Context
from matcher.folders import Folder, Folders
from matcher.globs import Globs
from matcher.mapping import configured, mappings_of
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ONLINE_MOVIE = "tv.plex.agents.movie"
ONLINE_SHOW = "tv.plex.agents.series"

SECTIONS = (
    Section(1, "Movies", "movie", ("/data/movies",), ONLINE_MOVIE),
    Section(2, "Movies 4K", "movie", ("/data/movies/4K", "/data/movies-4K"), ONLINE_MOVIE),
    Section(3, "Flat", "movie", ("/data/flat",), ONLINE_MOVIE),
    Section(4, "TV", "show", ("/data/TV",), ONLINE_SHOW),
    Section(5, "TV 4K", "show", ("/data/TV-4K",), ONLINE_SHOW),
    Section(6, "Music", "artist", ("/data/music",), "tv.plex.agents.music"),
    Section(7, "Local films", "movie", ("/data/local",), "tv.plex.agents.nfo.movie"),
    Section(8, "Local shows", "show", ("/data/localtv",), "tv.plex.agents.nfo.series"),
    Section(9, "Kids", "movie", ("/data/shared",), ONLINE_MOVIE),
    Section(10, "Everything", "movie", ("/data/shared",), ONLINE_MOVIE),
    Section(11, "Win films", "movie", (r"D:\Media\Movies",), ONLINE_MOVIE),
    Section(12, "Win shows", "show", (r"\\nas\share\TV",), ONLINE_SHOW),
    Section(13, "Composed", "movie", ("/data/nfc",), ONLINE_MOVIE),
    Section(14, "Decomposed", "show", ("/data/nfd",), ONLINE_SHOW),
    Section(15, "Photos", "photo", ("/data/photos",), "com.plexapp.agents.none"),
    Section(16, "Home", "movie", ("/data/home",), "com.plexapp.agents.none"),
)

FOLDERS = Folders((
    Folder("/v/movies", ignore=Globs(["*.ignored.mkv", "Private/"])),
    Folder("/v/movies-4K"), Folder("/v/flat"), Folder("/v/tv"), Folder("/v/tv-4k"),
    Folder("/v/music"), Folder("/v/local"), Folder("/v/localtv"), Folder("/v/shared"),
    Folder("/v/kids", frozenset({"Kids"})), Folder("/v/win"), Folder("/v/wintv"),
    Folder("/v/nfc"), Folder("/v/nfd"), Folder("/v/photos"), Folder("/v/home"),
    Folder("/v/unmapped"), Folder("/v/nowhere"), Folder("/v/disk1"), Folder("/v/.hidden"),
))  # fmt: skip

MAPPINGS = mappings_of([
    configured("/v/movies", "/data/movies"), configured("/v/movies-4K", "/data/movies-4K"),
    configured("/v/flat", "/data/flat"), configured("/v/tv", "/data/TV"),
    configured("/v/tv-4k", "/data/TV-4K"), configured("/v/music", "/data/music"),
    configured("/v/local", "/data/local"), configured("/v/localtv", "/data/localtv"),
    configured("/v/shared", "/data/shared"), configured("/v/kids", "/data/shared"),
    configured("/v/win", r"D:\Media\Movies"), configured("/v/wintv", r"\\nas\share\TV"),
    configured("/v/nfc", "/data/nfc"), configured("/v/nfd", "/data/nfd"),
    configured("/v/photos", "/data/photos"), configured("/v/home", "/data/home"),
    configured("/v/nowhere", "/elsewhere"), configured("/v/disk1", "/data/movies"),
    configured("/v/.hidden", "/data/TV/Hidden Root"),
])  # fmt: skip


_FILMS: tuple[tuple[int, int, str, str, int], ...] = (
    (1, 101, "Heat (1995)/Heat (1995) Bluray-1080p.mkv", "Heat", 1995),
    (1, 102, "Alien (1979)/Alien (1979).mkv", "Alien", 1979),
    (1, 103, "Aliens (1986)/Aliens (1986).mkv", "Aliens", 1986),
    (1, 104, "Dune (1984)/Dune (1984).mkv", "Dune", 1984),
    (1, 105, "Dune (2021)/Dune (2021).mkv", "Dune", 2021),
    # Two versions of one film; two editions in one folder are two items.
    (1, 106, "Up (2009)/Up (2009) - 1080p.mkv", "Up", 2009),
    (1, 106, "Up (2009)/Up (2009) - 2160p.mkv", "Up", 2009),
    (1, 107, "Blade Runner (1982)/Blade Runner (1982) {edition-Cut}.mkv", "Blade Runner", 1982),
    (1, 108, "Blade Runner (1982)/Blade Runner (1982) {edition-Old}.mkv", "Blade Runner", 1982),
    # A letter folder, one with a folder in it, collections.
    (1, 109, "H/Hud (1963).mkv", "Hud", 1963),
    (1, 110, "H/Her (2013)/Her (2013).mkv", "Her", 2013),
    (1, 111, "A/A Quiet Place (2018).mkv", "A Quiet Place", 2018),
    (1, 112, "Rocky Collection/Rocky (1976).mkv", "Rocky", 1976),
    (1, 113, "Rocky Collection/Rocky II (1979).mkv", "Rocky II", 1979),
    (1, 114, "Saw Collection/Saw (2004).mkv", "Saw", 2004),
    (1, 115, "Star Wars/Star Wars (1977)/Star Wars (1977).mkv", "Star Wars", 1977),
    # The same title and year, told apart by an id.
    (1, 116, "Twin (2016) {tmdb-1}/Twin (2016) {tmdb-1}.mkv", "Twin", 2016),
    (1, 117, "Twin (2016) {tmdb-2}/Twin (2016) {tmdb-2}.mkv", "Twin", 2016),
    # Parts, discs, scene names, titles that Plex calls otherwise, odd characters.
    (1, 118, "Ran (1985)/Ran (1985)-cd1.avi", "Ran", 1985),
    (1, 118, "Ran (1985)/Ran (1985)-cd2.avi", "Ran", 1985),
    (1, 119, "Tron (1982)/BDMV/STREAM/00001.m2ts", "Tron", 1982),
    (1, 120, "Solaris (1972)/VIDEO_TS/VTS_01_1.VOB", "Solaris", 1972),
    (1, 121, "The.Thing.1982.1080p.BluRay.x264-GRP/grp-thing.mkv", "The Thing", 1982),
    (1, 122, "Das Boot (1981)/das.boot.mkv", "The Boat", 1981),
    (1, 123, "Sen to Chihiro/Sen to Chihiro.mkv", "Spirited Away", 2001),
    (1, 124, "千と千尋 (2001)/千と千尋 (2001).mkv", "Spirited Away", 2001),
    (1, 125, "Me, Myself & Irene (2000)/Me, Myself & Irene (2000).mkv", "Me and Irene", 2000),
    (1, 126, "100% Wolf #1 + [Extra]/100% Wolf #1 + [Extra].mkv", "100% Wolf", 2020),
    (1, 127, "😀 (2017)/😀 (2017).mkv", "The Emoji Movie", 2017),
    (1, 128, "Bad\udce9 (2001)/Bad\udce9 (2001).mkv", "Bad", 2001),
    (1, 130, "Wonder Woman 1984 (2020)/Wonder Woman 1984 (2020).mkv", "Wonder Woman 1984", 2020),
    (1, 131, "Sicario [imdb-tt3397884]/video.mkv", "Sicario", 2015),
    (1, 132, "Other/Kin (2018).mkv", "Kin", 2018),
    (1, 133, "...And Justice (1979)/...And Justice (1979).mkv", "...And Justice", 1979),
    (1, 134, "Alien 3/Alien 3.mkv", "Alien³", 1992),
    # A folder with no more than a title may be a collection that holds one film so far.
    (1, 135, "Scream/Scream (1996).mkv", "Scream", 1996),
    (1, 136, "1984/1984 (1984).mkv", "Nineteen Eighty-Four", 1984),
    # The 4K sibling lies in the first library as well.
    (1, 141, "4K/Heat (1995)/Heat (1995).mkv", "Heat", 1995),
    (2, 201, "4K/Heat (1995)/Heat (1995).mkv", "Heat", 1995),
)


def film(
    section: int, key: int, file: str, title: str, year: int | None, *, deleted: bool = False
) -> Part:
    """One file of a film."""
    return Part(file, 4_000_000_000, section, key, "movie", title, year=year, deleted=deleted)


def episode(section: int, show: tuple[int, str], number: tuple[int, int], file: str) -> Part:
    """One episode in one file. The show's key leads to those of season and episode."""
    key, title = show
    season, index = number
    name = "Specials" if season == 0 else f"Season {season}"
    return Part(
        file, 900_000_000, section, key * 10_000 + season * 100 + index, "episode",
        f"{title} {season}x{index}", index=index, parent=key * 100 + season, parent_title=name,
        parent_index=season, grandparent=key, grandparent_title=title,
    )  # fmt: skip


def track(
    section: int, artist: tuple[int, str], album: tuple[int, str], number: int, file: str
) -> Part:
    """One track. Keys lead on from the artist's as those of episodes do."""
    key, name = artist
    which, title = album
    return Part(
        file, 30_000_000, section, key * 10_000 + which * 100 + number, "track",
        f"Track {number}", index=number, parent=key * 100 + which, parent_title=title,
        grandparent=key, grandparent_title=name,
    )  # fmt: skip


def _films() -> Iterator[Part]:
    for section, key, file, title, year in _FILMS:
        yield film(section, key, "/data/movies/" + file, title, year)
    gone = "/data/movies/Gone (2012)/Gone (2012).mkv"
    yield film(1, 129, gone, "Gone", 2012, deleted=True)
    yield film(2, 202, "/data/movies-4K/Heat (1995)/Heat (1995).mkv", "Heat", 1995)


def _more_films() -> Iterator[Part]:
    flat = "/data/flat/"
    for key, title, year in ((301, "Alien", 1979), (302, "Aliens", 1986), (303, "Dune", 1984)):
        yield film(3, key, f"{flat}{title} ({year}).mkv", title, year)
    yield film(3, 304, flat + "Saw.mkv", "Saw", 2004)
    yield film(3, 305, flat + "It (2017) {tmdb-346364}.mkv", "It", 2017)
    yield film(3, 306, flat + "Big (1988)-pt1.avi", "Big", 1988)
    yield film(3, 306, flat + "Big (1988)-pt2.avi", "Big", 1988)
    yield film(7, 701, "/data/local/Home (2001)/Home (2001).mkv", "Home", 2001)
    for section, key in ((9, 901), (10, 1001)):
        yield film(section, key, "/data/shared/Babe (1995)/Babe (1995).mkv", "Babe", 1995)
    win = "D:\\Media\\Movies\\"
    yield film(11, 1101, win + "Heat (1995)\\Heat (1995).mkv", "Heat", 1995)
    yield film(11, 1102, "\\\\?\\" + win + "Amélie (2001)\\Amélie (2001).mkv", "Amélie", 2001)
    yield film(13, 1301, "/data/nfc/Amélie (2001)/Amélie (2001).mkv", "Amélie", 2001)
    yield film(13, 1302, "/data/nfc/東京 (2008)/東京 (2008).mkv", "Tokyo!", 2008)
    yield film(16, 1601, "/data/home/2010 Summer/beach.mp4", "beach", None)
    yield film(16, 1602, "/data/home/2010 Summer/lake.mp4", "lake", None)


def _episodes() -> Iterator[Part]:
    tv = "/data/TV/"
    office, plain = (41, "The Office (US)"), "The Office (US)/Season"
    for season in (1, 2):
        for index in (1, 2, 3):
            name = f"The Office (US) - S{season:02}E{index:02} - Title {index}.mkv"
            yield episode(4, office, (season, index), f"{tv}{plain} {season:02}/{name}")
    yield episode(4, office, (0, 1), tv + "The Office (US)/Specials/The Office (US) - S00E01.mkv")
    uk = (42, "The Office (UK)")
    yield episode(4, uk, (1, 1), tv + "The Office (UK)/Season 01/The Office (UK) - S01E01.mkv")
    # One file with two episodes; a short and a flat show; dates; years as seasons.
    double = tv + "Duo/Season 01/Duo - S01E01-E02.mkv"
    yield episode(4, (43, "Duo"), (1, 1), double)
    yield episode(4, (43, "Duo"), (1, 2), double)
    yield episode(4, (43, "Duo"), (1, 3), tv + "Duo/Season 01/Duo - S01E03.mkv")
    yield episode(4, (44, "Chernobyl"), (1, 1), tv + "Chernobyl (2019)/Chernobyl - S01E01.mkv")
    yield episode(4, (44, "Chernobyl"), (1, 2), tv + "Chernobyl (2019)/Chernobyl - S01E02.mkv")
    yield episode(4, (45, "Mixed"), (1, 1), tv + "Mixed/Mixed 1x01.mkv")
    yield episode(4, (45, "Mixed"), (2, 1), tv + "Mixed/Mixed 2x01.mkv")
    yield episode(4, (46, "Daily"), (2024, 5), tv + "Daily/Season 2024/Daily - 2024-01-05.mkv")
    yield episode(4, (52, "Tonight"), (2023, 1), tv + "Tonight (2014)/Tonight - 2023-10-11.mkv")
    yield episode(4, (47, "Looney Tunes"), (30, 1), tv + "Looney Tunes/1930/LT - S1930E01.mkv")
    # Below a genre; each episode in its own folder; a show whose name is a number.
    yield episode(4, (48, "Naruto"), (1, 1), tv + "Anime/Naruto/Season 1/Naruto - 001.mkv")
    yield episode(4, (48, "Naruto"), (2, 1), tv + "Anime/Naruto/Season 2/Naruto - 053.mkv")
    own = tv + "Lost/Season 1/Lost.S01E01.720p-GRP/lost.s01e01.mkv"
    yield episode(4, (49, "Lost"), (1, 1), own)
    yield episode(4, (40, "1923"), (1, 1), tv + "1923/1923 - S01E01.mkv")
    yield episode(4, (50, "Sample"), (1, 1), tv + "Sample/Season 1/Sample - S01E01.mkv")
    yield episode(
        5,
        (51, "The Office (US)"),
        (1, 1),
        "/data/TV-4K/The Office (US)/Season 01/The Office (US) - S01E01 - Title 1.mkv",
    )
    yield episode(8, (81, "Ours"), (1, 1), "/data/localtv/Ours/Season 1/Ours - S01E01.mkv")
    unc = "\\\\nas\\share\\TV\\Dark\\Season 1\\Dark - S01E0"
    for index in (1, 2):
        yield episode(12, (61, "Dark"), (1, index), f"{unc}{index}.mkv")
    nfd = unicodedata.normalize("NFD", "/data/nfd/Élite/Saison 1/Élite - S01E01.mkv")
    yield episode(14, (62, "Élite"), (1, 1), nfd)


def _tracks() -> Iterator[Part]:
    m = "/data/music/"
    floyd, queen, various = (71, "Pink Floyd"), (72, "Queen"), (73, "Various Artists")
    for number, name in ((1, "01 Speak to Me.flac"), (2, "02 Breathe.flac")):
        yield track(6, floyd, (1, "The Wall"), number, f"{m}Pink Floyd/The Wall (1979)/{name}")
    yield track(6, floyd, (2, "Animals"), 1, m + "Pink Floyd/Animals/01 Pigs.flac")
    yield track(6, queen, (1, "Jazz"), 1, m + "Queen/Jazz/CD1/01 Mustapha.mp3")
    yield track(6, queen, (1, "Jazz"), 2, m + "Queen/Jazz/CD2/01 More.mp3")
    yield track(6, various, (1, "Hits"), 1, m + "Various Artists/Hits/01 One.mp3")
    yield track(6, (74, "AC/DC"), (1, "Powerage"), 1, m + "ACDC/Powerage/01 Rock.mp3")
    yield track(6, (75, "Theme"), (1, "Songs"), 1, m + "Theme/Songs/theme.mp3")
    yield track(6, (76, "Miles"), (1, "Kind"), 1, m + "Jazz/Miles/Kind/01 So.mp3")


PARTS = (*_films(), *_more_films(), *_episodes(), *_tracks())


def library() -> MemoryLibrary:
    """Make the library anew."""
    return MemoryLibrary(SECTIONS, PARTS)


def context(
    made: MemoryLibrary | None = None, exists: Callable[[str], bool | None] | None = None
) -> Context:
    """Make what decisions rest on; without `exists`, nothing is known of the disk."""
    chosen = made or library()
    return Context(chosen, chosen.sections(), MAPPINGS, FOLDERS, exists or (lambda _path: None))


def host(path: str) -> str:
    """Return a host path in its one form."""
    return paths.normalise(path)
