"""Plex as the daemon sees it: the door, its caches, the mapping, and the matcher's questions."""

from __future__ import annotations

import threading
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from matcher import paths, reasons
from matcher.cached import CachedLibrary
from matcher.change import Happened, Kind, Verb
from matcher.explain import Context, Explanation, explain
from matcher.findings import Findings, Verdict, findings_from_json, fingerprint
from matcher.folders import Folder, Folders
from matcher.globs import Globs
from matcher.mapping import Mapping, Source, mappings_of
from matcher.owners import owners
from matcher.plex import PlexLibrary, PlexSettings
from matcher.survey import Ground, survey
from watcher.aliases import configured_mappings
from watcher.desk import PlexSide
from watcher.dry_run import DryRequests
from watcher.host_side import Here, HostSide
from watcher.planning import Thinking
from watcher.refused import Refused
from watcher.scan_desk import inside
from watcher.spelled_alike import SpelledAlike
from watcher.throttle import Throttle
from watcher.trash import Trash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from matcher.change import Change
    from matcher.library import Library, Requests
    from matcher.model import Section
    from watcher.config_model import Config
    from watcher.report import Report
    from watcher.state import State

MAPPING_KEY = "mapping"
LOOK_AGAIN_S = 60.0
"""So long at least passes before what no location was found for is looked for again ..."""
LOOK_AGAIN_REST = 20.0
"""... and this many times what the last look took: it may read a whole library."""


class Plex:
    """Everything that asks Plex, made once; used by the worker thread only (or one command's)."""

    def __init__(
        self,
        config: Config,
        state: State,
        report: Report,
        *,
        here: Here | None = None,
        clock: Callable[[], float] = time.monotonic,
        dry_run: bool = False,
    ) -> None:
        self._config = config
        self._state = state
        self._report = report
        self._clock = clock
        self.refused = Refused(state.library)
        self.known = threading.Event()
        """Set once Plex has answered and the mapping is known; any thread may wait for it."""
        self._settings = PlexSettings(
            url=config.plex.url,
            token=config.token.reveal,
            client_identifier=state.client_identifier(),
            timeout_s=config.plex.timeout_s,
            verify_tls=config.plex.verify_tls,
            version=version("plexnudge"),
        )
        self.door = self.another_door()
        self.library = CachedLibrary(
            self.door,
            state.library,
            state.matches,
            ttl_s=config.cache.library_ttl_s,
            origin=config.plex.url,
        )
        self._requests: Requests = DryRequests(report) if dry_run else self.door
        here = here or Here()
        self._here = here
        self._configured = configured_mappings(config.folders, here.answers)
        self._folders = folders_of(config)
        self._verbs = frozenset(
            {Verb.SCAN}
            | ({Verb.REFRESH} if config.actions.refresh else set())
            | ({Verb.ANALYZE} if config.actions.analyze else set())
        )
        self.findings = Findings((), "")
        self._learning = threading.Lock()
        self._mapped: tuple[Section, ...] | None = None
        self._look_again_at = 0.0
        self._machine = ""
        self.mappings = mappings_of(self._configured)
        self.host = self._make_host(here, SpelledAlike(state.library))
        actions = config.actions
        self.trash = (
            Trash(self.door, self._requests, self.host.guarded, report, actions.trash_limit)
            if actions.empty_trash
            else None
        )

    def _shown(self, section: Section, directory: str) -> Iterator[str]:
        """List the files that Plex shows in a directory, and perhaps others. Raises PlexError."""
        parts = self.door.parts_containing(section, inside(directory))
        return (part.file for part in parts if not part.deleted)

    def _deleted_in(self, section: int) -> None:
        if self.trash is not None:
            self.trash.note(section, self._clock())

    def another_door(self) -> PlexLibrary:
        """Return a connection of its own, for another thread."""
        return PlexLibrary(self._settings)

    def _make_host(self, here: Here, alike: SpelledAlike) -> HostSide:
        sections = self.library.sections
        return HostSide(here, self._folders, lambda: self.mappings, sections, self._shown, alike)

    def thinking(self) -> Thinking:
        """Return how the worker decides."""
        return Thinking(
            self.explain,
            self.library.sections,
            lambda: self.mappings,
            self.host.believe,
            self.greet,
            self.reading,
            self._here.answers,
            self._here.loses,
        )

    def side(self) -> PlexSide:
        """Return how the worker asks."""
        return PlexSide(
            self.door,
            self._requests,
            self.library.forget_folder,
            self.refused.add,
            self.refused.forget,
            self._deleted_in,
            self.host.is_there,
            self.host.held,
            self.host.settling,
            self.door.doubt,
            self.host.answers,
            self._config.settle.max_wait_s,
            self._config.settle.deletions_s,
            self._config.actions.merge_at,
            Verb.ANALYZE in self._verbs,
            apart=self.host.apart,
        )

    def throttle(self) -> Throttle:
        """Return what holds requests back."""
        wish = self._config.throttle
        return Throttle(
            lambda: bool(self.door.playing()),
            hold_analysis=wish.hold_analysis,
            hold_scans=wish.hold_scans,
            per_minute=wish.requests_per_minute,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self.door.close()

    def greet(self) -> None:
        """Find out who answers, what it has, and how its paths map to ours. Raises PlexError."""
        server = self.library.server()
        self._machine = server.machine
        sections = self.library.sections()
        self._report(
            "INFO",
            f"Plex is {server.name!r}, version {server.version}, with {len(sections)} libraries",
        )
        self.learn_mapping(sections)
        self.known.set()

    def learn_mapping(
        self, sections: tuple[Section, ...], library: Library | None = None, *, again: bool = False
    ) -> None:
        """Find out how Plex's paths map to ours, unless that is known. Raises PlexError.

        What an earlier run found is used if nothing that it depends on changed. Where a location
        was not found, it is looked for again from time to time as the libraries change, and at
        once with `again`: a disk is there. Any thread may call, with a library of its own.
        """
        with self._learning:
            again = again and not self.findings.is_settled
            if sections == self._mapped and not again:
                return
            folders = tuple(folder.path for folder in self._config.folders)
            wanted = fingerprint(sections, folders, self._configured, self._machine)
            if self.findings.fingerprint == wanted and not again:
                if self.findings.is_settled:
                    self._mapped = sections
                if self.findings.is_settled or self._clock() < self._look_again_at:
                    return
            self._use(self._find(library or self.library, folders, wanted), folders)
            self._mapped = sections

    def _find(self, library: Library, folders: tuple[str, ...], wanted: str) -> Findings:
        kept = findings_from_json(self._state.library.get(MAPPING_KEY))
        if kept is not None and kept.fingerprint == wanted and kept.is_settled:
            return kept
        started = self._clock()
        certain = kept.certain() if kept is not None and kept.fingerprint == wanted else ()
        ground = Ground(self._here.disks, folders, self._configured, kept=certain)
        found = survey(library, ground)
        took_s = self._clock() - started
        self._look_again_at = self._clock() + max(LOOK_AGAIN_S, LOOK_AGAIN_REST * took_s)
        self._state.library.set(MAPPING_KEY, found.to_json())
        return found

    def _use(self, findings: Findings, folders: tuple[str, ...]) -> None:
        is_news = findings != self.findings
        self.findings = findings
        same_path = _same_path(findings, folders)
        self.mappings = findings.mappings((*self._configured, *same_path))
        if is_news:
            self._say_mapping(findings, same_path)

    def explain(self, change: Change) -> Explanation:
        """Decide what a change asks of Plex. Raises PlexError."""
        sections = self.library.sections()
        self.learn_mapping(sections)
        explanation = explain(change, self.context(sections))
        if change.happened in {Happened.DELETED, Happened.MOVED}:
            for place in self.mappings.to_plex(change.path):
                self.library.forget_path(place.path)
        if explanation.sections or explanation.kind is Kind.NOISE:
            return explanation
        # Nobody owns the path as far as is known: a library may have been made a moment ago.
        sections = self.library.sections_now()
        self.learn_mapping(sections)
        explanation = explain(change, self.context(sections))
        if explanation.reason == reasons.UNMAPPED:
            self._here.unplaced(paths.parent(change.path))
        return explanation

    def reading(self, directory: str) -> AbstractContextManager[None]:
        """Ask once for all that Plex has in a host directory; known as long as the context lasts.

        Raises PlexError when it is entered.
        """
        sections = self.library.sections()
        return self.library.holding(
            (owner.section, inside(place.path))
            for place in self.mappings.to_plex(directory)
            for owner in owners(place.path, sections)
        )

    def context(self, sections: tuple[Section, ...]) -> Context:
        """Return all that a decision depends on."""
        return Context(
            self.library,
            sections,
            self.mappings,
            self._folders,
            self.host.exists,
            self._verbs,
            self.library,
            self.host.apart,
        )

    def _say_mapping(self, findings: Findings, same_path: tuple[Mapping, ...]) -> None:
        known = {mapping.plex for mapping in same_path}
        for finding in findings.findings:
            good = finding.verdict is Verdict.FOUND or finding.location in known
            hosts = ", ".join(finding.hosts) or (finding.location if good else "nowhere here")
            self._report(
                "INFO" if good else "WARNING",
                f"location {finding.location} of library {finding.section} is {hosts}: "
                f"{finding.evidence}",
            )


def folders_of(config: Config) -> Folders:
    """Return the watched folders with what the user said of each."""
    return Folders(
        tuple(
            Folder(
                folder.path,
                frozenset(folder.libraries) if folder.libraries else None,
                Globs((*config.ignore, *folder.ignore)),
            )
            for folder in config.folders
        )
    )


def _same_path(findings: Findings, folders: tuple[str, ...]) -> tuple[Mapping, ...]:
    """Take a location of which nothing is known for the folder of the same path.

    That is the usual case on one host. No file can prove it yet: the library is empty, or the
    folder's disk is not there. A scan of what is not there destroys nothing. But where a found
    mapping says what such a folder is, that counts.
    """
    found = [each for finding in findings.findings for each in finding.mappings]
    renamed = [each.host for each in found if each.host != each.plex]
    return tuple(
        Mapping(
            finding.location,
            finding.location,
            finding.section,
            Source.IDENTITY,
            "no file proves another one, and this host watches a folder of the same path",
        )
        for finding in findings.findings
        if finding.verdict in {Verdict.NO_EVIDENCE, Verdict.UNSUPPORTED}
        and not finding.hosts
        and any(_related(finding.location, folder) for folder in folders)
        and not any(_related(finding.location, host) for host in renamed)
    )


def _related(location: str, folder: str) -> bool:
    return paths.is_within(location, folder) or paths.is_within(folder, location)
