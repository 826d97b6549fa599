"""Ownership: which item a folder speaks for, judged by what Plex has below it and by its name.

A folder speaks for a film only if it is the film's own: a letter folder, a collection or a flat
library holds films without belonging to one. A folder speaks for a show or season by what lies in
it: all episodes of one show, and not above the show's own folder (`Anime` may hold one show).
Where that is not certain, nobody is spoken for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matcher import names as text
from matcher.items import Held, collect, leaf, middle, only, top
from matcher.kinds import disc_start
from matcher.languages import TAGS
from matcher.paths import name, split_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.model import Part
    from matcher.shelf import Known, Names

_GATHERING = frozenset(
    text.words(
        "collection collections movies movie films film filme trilogy quadrilogy pentalogy"
        " hexalogy duology saga anthology boxset filmography marathon sammlung reihe coleccion"
        " collezione integrale complete all library kids misc various"
    )
)
"""Words by which a folder says that it holds several films."""
_ARTICLES = frozenset(text.words("the a an and der die das le la les el los il lo un une"))
_FILLERS = _ARTICLES | frozenset(text.words("of in movie video film cd disc part"))
_EDITIONS = frozenset(
    text.words(
        "3d alternate anniversary collectors cut director directors edition final full hdr imax"
        " matte open sbs special theatrical ultimate uncensored uncut version"
    )
)
"""Words that tell the versions of one film apart; the names of qualities are read elsewhere."""
_COUNTED = frozenset(text.words("part vol volume chapter episode"))
_NUMBER = re.compile(r"[2-9]|[1-9]\d+|i{2,3}|iv|vi{0,3}|ix|xi{0,3}|two|three|four|five|six")
_A_FEW_LETTERS = 3


def of_movies(folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    """Return the film that a folder is the own folder of; its editions are several items.

    Args:
        folder: The folder, as names below the location.
        known: The parts at any depth below it.
    """
    if not folder or not known:
        return ()
    depth = min(len(each.names) for each in known)
    nearest = [each for each in known if len(each.names) == depth]
    if not _are_editions([each.part for each in nearest]):
        return ()
    if not all(_speaks_for(folder[-1], each) for each in nearest):
        return ()
    if depth > len(folder) + 1 and any(_has_inner_folder(folder, each) for each in nearest):
        return ()
    return collect((each.part for each in nearest), leaf)


def may_be_version(stem: str, folder: str, part: Part) -> bool:
    """Say whether a new file in a film's own folder may be of that film.

    It is another film's if its name is, or if it says a year and a title without a word in common.
    """
    said = text.parse(stem)
    if is_other_film(stem, folder, part) or says_more(stem, folder, part):
        return False
    return said.year is None or _shares_word(said.title, folder, part)


def is_other_film(stem: str, folder: str, part: Part) -> bool:
    """Say whether a name in a film's folder is that of another film.

    It says the film's title with a number behind, or a year that is neither the film's nor in its
    names. Films are dated a year apart by one source and another, so the year beside the film's
    is another one only under another title. In a folder that has no more than a title (`1984`), a
    title and year without a word in common are enough.
    """
    said = text.parse(text.without_part(stem))
    own = _titles(folder, part)
    if _is_sequel(_behind(_bare(said.title), own)):
        return True
    if said.year is None:
        return False
    if _is_title_alone(folder) and not _shares_word(said.title, folder, part):
        return True
    if part.year is None or str(said.year) in {*text.words(folder), *text.words(part.title)}:
        return False
    apart = abs(said.year - part.year)
    return apart > 1 or (apart == 1 and bool(said.title) and _bare(said.title) not in own)


def says_more(stem: str, folder: str, part: Part) -> bool:
    """Say whether a name is the film's title and more, in a folder that has no more than a title.

    Such a folder (`Alien`) may as well be a collection that holds one film so far.
    """
    if not _is_title_alone(folder):
        return False
    more = _behind(_bare(text.parse(text.without_part(stem)).title), _titles(folder, part))
    return not set(more) <= TAGS | _EDITIONS


def may_be_own(folder: str, stem: str) -> bool:
    """Say whether a folder, by name alone, looks like the own folder of a film called so.

    Only to choose the smaller question: nothing is decided by it.
    """
    said = text.parse(folder)
    if said.ids or said.bracketed_year or (said.year and said.title):
        return True
    if not said.title or _is_letters(said.title):
        return False
    other = text.parse(stem).title
    return text.contains(other, said.title) or text.contains(said.title, other)


def of_episodes(
    folder: Names, known: Sequence[Known], season: int | None = None, *, for_file: bool = False
) -> tuple[Held, ...]:
    """Return the season or show that a folder speaks for.

    Args:
        folder: The folder, as names below the location.
        known: The episodes at any depth below it.
        season: The season that a new file's name says it is of: the folder of another season, or
            of a whole show, gives way to it.
        for_file: Whether it is asked for a new file: a show's folder that holds one season's
            files speaks for that season then, and for the show to everybody else.
    """
    shows = only((each.part for each in known), top)
    if not shows or not _within_show(folder, known):
        return ()
    seasons = only((each.part for each in known), middle)
    numbers = {each.part.parent_index for each in known}
    if not seasons or (season is not None and season not in numbers | {None}):
        return shows
    holds = for_file and any(len(each.names) == len(folder) + 1 for each in known)
    if holds or _is_season_folder(folder, known) or (season is not None and season in numbers):
        return seasons
    return shows


def show_of(folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    """Return the show whose own folder, or one inside it, a folder is."""
    shows = only((each.part for each in known), top)
    return shows if shows and _within_show(folder, known) else ()


def of_tracks(folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    """Return the album or artist that a folder speaks for."""
    depth = len(folder) + 1
    direct = [each for each in known if len(each.names) == depth]
    if direct:
        albums = only((each.part for each in direct), middle)
        return albums or artist_of(folder, known)
    albums = only((each.part for each in known), middle)
    discs = all(text.is_disc_like(each.names[depth - 1]) for each in known)
    if albums and (discs or _is_called(folder, albums[0].item.title)):
        named = artist_of(folder, known) if not discs else ()
        return named or albums
    return artist_of(folder, known)


def artist_of(folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    """Return the artist whose own folder a folder is: by its name, or by several albums in it."""
    artists = only((each.part for each in known), top)
    if not artists or not folder:
        return ()
    if _is_called(folder, artists[0].item.title):
        return artists
    albums = {each.part.parent for each in known}
    shelves = {
        each.names[: len(folder) + 1] for each in known if len(each.names) == len(folder) + 2
    }
    return artists if len(folder) == 1 and len(albums) > 1 and len(shelves) > 1 else ()


def _has_inner_folder(folder: Names, known: Known) -> bool:
    """Say whether a film lies in a folder of its own further down, so that this is another's."""
    inner = known.names[len(folder)]
    if text.is_disc_like(inner) or disc_start((inner,)) is not None:
        return False
    return _speaks_for(inner, known)


def _are_editions(parts: Sequence[Part]) -> bool:
    """Say whether parts are of one film, be it in several editions (items) of one title."""
    first = parts[0]
    if all(each.key == first.key for each in parts):
        return True
    titles = {text.words(each.title) for each in parts}
    years = {each.year for each in parts} - {None}
    ids = {text.parse(_stem_of(each)).ids for each in parts}
    return len(titles) == 1 and len(years) <= 1 and len(ids) == 1


def _stem_of(part: Part) -> str:
    return split_name(name(part.file))[0]


def _speaks_for(folder: str, known: Known) -> bool:
    """Say whether a folder's name is that of the film that a part is of."""
    said, part = text.parse(folder), known.part
    if said.ids:
        return True
    if not text.words(folder) or (said.year is None and _is_letters(text.words(folder))):
        return False
    file = text.parse(text.without_part(known.stem))
    if said.title and said.year and (said.title, said.year) == (file.title, file.year):
        return True
    if said.year and part.year and abs(said.year - part.year) > 1 and said.bracketed_year:
        return False
    return _names_title(folder, said, part) or _names_stem(said, known.stem, part)


def _names_title(folder: str, said: text.Parsed, part: Part) -> bool:
    title, all_words = text.words(part.title), text.words(folder)
    if title and _bare(title) in {_bare(said.title), _bare(all_words)}:
        return True
    if not text.contains(all_words, title):
        return False
    if said.year is not None and said.title:
        return True
    more = set(all_words) - set(title)
    return len("".join(title)) > _A_FEW_LETTERS and not more & _GATHERING


def _names_stem(said: text.Parsed, stem: str, part: Part) -> bool:
    """Say whether folder and file are called alike, or the folder at least names a film's year."""
    if said.title and _bare(said.title) == _bare(text.parse(text.without_part(stem)).title):
        return True
    if not said.title or set(said.title) & _GATHERING:
        return False
    return said.bracketed_year and part.year is not None


def _is_title_alone(folder: str) -> bool:
    called = text.parse(folder)
    return called.year is None and not called.ids


def _shares_word(title: tuple[str, ...], folder: str, part: Part) -> bool:
    """Say whether a title has a word of the film's names, if it has any that counts."""
    counting = set(title) - _FILLERS
    own = {*text.words(folder), *text.words(part.title), *text.words(_stem_of(part))}
    return not counting or bool(counting & own)


def _titles(folder: str, part: Part) -> frozenset[tuple[str, ...]]:
    """Return what a film is called: by its folder, by Plex, by its file."""
    file = text.parse(text.without_part(_stem_of(part))).title
    titles = (text.parse(folder).title, text.words(part.title), file)
    return frozenset(_bare(each) for each in titles if each)


def _behind(title: tuple[str, ...], own: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words of a title that stand behind a film's own; () if it does not begin so."""
    begun = [len(each) for each in own if title[: len(each)] == each]
    return title[max(begun) :] if begun else ()


def _is_sequel(more: tuple[str, ...]) -> bool:
    """Say whether words behind a title begin with a number, so that they make a sequel's."""
    if len(more) > 1 and more[0] in _COUNTED:
        more = more[1:]
    return bool(more) and _NUMBER.fullmatch(more[0]) is not None


def _bare(title: tuple[str, ...]) -> tuple[str, ...]:
    """Return a title without the article that stands before it, or behind for sorting."""
    if len(title) > 1 and title[0] in _ARTICLES:
        return title[1:]
    return title[:-1] if len(title) > 1 and title[-1] in _ARTICLES else title


def _is_letters(words: tuple[str, ...]) -> bool:
    """Say whether a name is one of an alphabet of folders: `A`, `0-9`, `A-C`."""
    return all(len(each) == 1 for each in words)


def _within_show(folder: Names, known: Sequence[Known]) -> bool:
    """Say whether a folder is a show's own folder or lies in it, all parts being of that show."""
    if not folder:
        return False
    title = text.words(known[0].part.grandparent_title)
    called = folder[-1]
    if text.season_of_folder(called) is not None or text.contains(text.words(called), title):
        return True
    depth = len(folder) + 1
    if any(len(each.names) == depth for each in known):
        return True
    children = {each.names[depth - 1] for each in known}
    if any(text.season_of_folder(each) is not None for each in children):
        return True
    deep = any(len(each.names) > depth + 1 for each in known)
    return not deep and not any(text.contains(text.words(each), title) for each in children)


def _is_season_folder(folder: Names, known: Sequence[Known]) -> bool:
    """Say whether a folder within a show, with one season in it, is that season's folder."""
    called = text.words(folder[-1])
    title = text.words(known[0].part.grandparent_title)
    if called == title:
        return False
    if text.season_of_folder(folder[-1]) is not None:
        return len(folder) > 1 or not "".join(called).isdecimal()
    if len(folder) == 1 or text.contains(called, title):
        return False
    return any(len(each.names) == len(folder) + 1 for each in known)


def _is_called(folder: Names, title: str) -> bool:
    """Say whether a folder has an artist's or album's name, in whatever order of words."""
    called, wanted = text.parse(folder[-1]).title, text.words(title)
    if "".join(called) == "".join(wanted):
        return bool(wanted)
    return bool(wanted) and set(called) - _ARTICLES == set(wanted) - _ARTICLES
