"""What `check` looks at, one question a function: each answers with notes and their cure."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from matcher import paths
from matcher.findings import Verdict
from watcher import limits, mounts
from watcher.config import not_yet, why_not_yet
from watcher.event_proof import prove
from watcher.link_census import Census

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from matcher.findings import Findings
    from matcher.mapping import Mappings
    from matcher.model import Section, Server
    from matcher.plex import PlexLibrary
    from watcher.config_model import Config, FolderConfig

MOST_DIRECTORIES = 200_000
"""Directories of a folder are counted up to here: more does not change the advice."""


class Grade(StrEnum):
    """How a note is meant: all is well, a person may want to know, a person must act."""

    GOOD = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing found: what it is about, what is so, and what to do if it should not be."""

    grade: Grade
    about: str
    what: str
    cure: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the note as a JSON object."""
        return {
            "grade": str(self.grade),
            "about": self.about,
            "what": self.what,
            "cure": self.cure,
        }


def of_config(config: Config) -> Iterator[Note]:
    """Look at the configuration and the token's place."""
    yield Note(Grade.GOOD, "configuration", f"{config.source} can be used")
    yield Note(Grade.GOOD, "token", f"from {config.token.source}")
    for warning in config.warnings:
        yield Note(Grade.WARNING, "configuration", warning)
    for key in not_yet(config):
        cure = "leave it: it will take effect with the version that has it"
        yield Note(Grade.WARNING, key, why_not_yet(key), cure)


def of_server(server: Server, sections: tuple[Section, ...]) -> Iterator[Note]:
    """Say who answered and what it has."""
    yield Note(Grade.GOOD, "Plex", f"{server.name!r} answers, version {server.version}")
    if not sections:
        cure = "make a library in Plex, or use a token of the server's owner"
        yield Note(Grade.ERROR, "libraries", "Plex shows no library to this token", cure)
    for section in sections:
        where = ", ".join(section.locations) or "nowhere"
        yield Note(
            Grade.GOOD, f"library {section.title!r}", f"{section.type} {section.key}: {where}"
        )


def of_filter(door: PlexLibrary, sections: tuple[Section, ...]) -> Iterator[Note]:
    """Find out whether Plex can look a file up by its path, or must be read as a whole."""
    for section in sections:
        if not door.filter_works(section):
            what = "Plex cannot look a file up by its path: the library is read as a whole instead"
            cure = "nothing must be done; a newer Plex Media Server answers quicker"
            yield Note(Grade.WARNING, f"library {section.title!r}", what, cure)


def of_folder(folder: FolderConfig, table: tuple[mounts.Mount, ...]) -> Iterator[Note]:
    """Look at one watched folder: is it there, readable, and who tells of its changes."""
    about = f"folder {folder.path}"
    try:
        found = os.stat(folder.path)  # noqa: PTH116 - paths are text throughout
        readable = stat.S_ISDIR(found.st_mode) and os.listdir(folder.path) is not None  # noqa: PTH208
    except OSError as error:
        cure = "mount its disk, or correct the path; it is picked up as soon as it is there"
        yield Note(Grade.ERROR, about, f"cannot be read: {error.strerror}", cure)
        return
    if not readable:
        yield Note(Grade.ERROR, about, "is not a directory", "name the directory that holds it")
        return
    real = os.path.realpath(os.fsencode(folder.path))
    mount = mounts.holding(real, table)
    fstype = mount.fstype if mount else "unknown"
    verdict = mounts.decide(fstype, folder.watch)
    yield Note(Grade.GOOD, about, f"{fstype}: {_method(verdict)}, {verdict.reason}")
    for relative, inner in sorted(mounts.below(real, table).items()):
        below = mounts.decide(inner.fstype, folder.watch)
        if below != verdict:
            place = os.fsdecode(os.path.join(os.fsencode(folder.path), relative))  # noqa: PTH118
            what = f"{place} in it is {inner.fstype}: {_method(below)}, {below.reason}"
            yield Note(Grade.GOOD, about, what)


def _method(verdict: mounts.Verdict) -> str:
    if verdict.watches and verdict.polls:
        return "watched and looked at on an interval"
    return "watched" if verdict.watches else "looked at on an interval"


def of_events(directory: Path, watch: str = "inotify") -> Iterator[Note]:
    """Prove that news of a file arrives; one is made in the directory, and taken away."""
    about = f"events in {directory}"
    try:
        took_s = prove(directory, watch=watch)
    except OSError as error:
        what = f"cannot be tried out, nothing can be made there: {error.strerror}"
        yield Note(Grade.WARNING, about, what)
        return
    if took_s is None:
        cure = "see what the log says of the folders at the start; `watch: polling` needs no events"
        yield Note(Grade.ERROR, about, "none came for a file that was made there", cure)
    else:
        yield Note(Grade.GOOD, about, f"a file made there was noticed after {took_s * 1000:.0f} ms")


def of_limits(folders: Iterable[FolderConfig]) -> Iterator[Note]:
    """Compare the watches that are needed with the kernel's limit."""
    census = Census([folder.path for folder in folders], MOST_DIRECTORIES)
    needed = census.directories
    granted = limits.read()
    allowed = granted.watches
    what = f"{needed} needed, {allowed if allowed is not None else 'unknown'} allowed"
    if census.targets:
        what += f"; {census.targets} of the directories are what links lead to"
    if allowed is not None and needed > allowed:
        yield Note(Grade.ERROR, "inotify watches", what, limits.cure(needed, granted))
    elif allowed is not None and needed > allowed * 0.8:
        yield Note(Grade.WARNING, "inotify watches", what, limits.cure(needed, granted))
    else:
        yield Note(Grade.GOOD, "inotify watches", what)


def of_mapping(
    findings: Findings, mappings: Mappings, sections: tuple[Section, ...]
) -> Iterator[Note]:
    """Show where each location lies on this host, with its evidence and a real file both ways."""
    titles = {section.key: section.title for section in sections}
    for finding in findings.findings:
        about = f"location {finding.location} of {titles.get(finding.section, finding.section)!r}"
        hosts = mappings.to_host(finding.location)
        if not hosts and not finding.hosts:
            yield Note(Grade.WARNING, about, finding.evidence, _mapping_cure(finding.verdict))
            continue
        where = ", ".join(hosts or finding.hosts)
        example = ""
        if finding.example is not None:
            plex, host = finding.example
            example = f"; for example {plex} is {host}"
        yield Note(Grade.GOOD, about, f"is {where}: {finding.evidence}{example}")


def _mapping_cure(verdict: Verdict) -> str:
    if verdict is Verdict.AMBIGUOUS:
        return "say which one it is: add plex_path to the folder"
    return (
        "if it lies below a watched folder, add plex_path to that folder; if it is not on this "
        "host, nothing is to be done"
    )


def of_coverage(
    folders: Iterable[FolderConfig], sections: tuple[Section, ...], mappings: Mappings
) -> Iterator[Note]:
    """Find folders that serve no library, and libraries that no folder covers."""
    covered: set[str] = set()
    titles = {section.title for section in sections}
    for folder in folders:
        served = sorted(_served(folder, sections, mappings, covered))
        about = f"folder {folder.path}"
        if served:
            yield Note(Grade.GOOD, about, f"serves {', '.join(served)}")
        else:
            cure = "add plex_path, or check the path against the libraries' folders above"
            yield Note(Grade.ERROR, about, "serves no library of Plex", cure)
        for title in sorted(set(folder.libraries or ()) - titles):
            cure = f"use one of: {', '.join(sorted(titles))}"
            yield Note(Grade.ERROR, about, f"names the library {title!r}, which is not there", cure)
    for section in sections:
        for location in section.locations:
            if location not in covered:
                cure = "add a folder for it, if its files lie on this host"
                about = f"library {section.title!r}"
                yield Note(Grade.WARNING, about, f"no folder covers {location}", cure)


def _served(
    folder: FolderConfig, sections: tuple[Section, ...], mappings: Mappings, covered: set[str]
) -> Iterator[str]:
    """Name the libraries that a folder holds files of, and note the locations it covers."""
    places = [place.path for place in mappings.to_plex(folder.path)]
    for section in sections:
        if folder.libraries and section.title not in folder.libraries:
            continue
        for location in section.locations:
            hosts = mappings.to_host(location)
            inside = any(paths.is_within(host, folder.path) for host in hosts)
            if inside or any(paths.is_within(place, location) for place in places):
                covered.add(location)
                yield section.title
                break
