"""The table of routes: which method and path is answered by what, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from watcher.simulated_plex.answers import Answer, html, maintenance
from watcher.simulated_plex.record import Wrong

if TYPE_CHECKING:
    from watcher.simulated_plex.about import About
    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.inside import Inside
    from watcher.simulated_plex.reading import Reading
    from watcher.simulated_plex.requesting import Requesting

Handler: TypeAlias = Callable[..., Answer]
_READ = ("GET", "HEAD")
_SCRIPT = (
    "<script>window.location = window.location.href.match(/(^.+\\/)[^\\/]*$/)[1] + "
    "'web/index.html';</script>"
)


class Routes:
    """Answers one question; any number of threads at a time."""

    def __init__(
        self, inside: Inside, token: str, about: About, reading: Reading, requesting: Requesting
    ) -> None:
        """Answer to this token only."""
        self._inside = inside
        self._token = token
        self._requesting = requesting
        self.maintenance = inside.behaviour.startup_maintenance
        self._table: list[tuple[tuple[str, ...], re.Pattern[str], Handler]] = [
            (methods, re.compile(pattern), handler)
            for methods, pattern, handler in (
                (_READ, r"/", about.root),
                (_READ, r"/identity", about.identity),
                (_READ, r"/library", reading.library),
                (_READ, r"/library/sections", reading.sections),
                (_READ, r"/library/sections/(\d+)", reading.section),
                (_READ, r"/library/sections/(\d+)/all", reading.all),
                (_READ, r"/library/sections/(\d+)/allLeaves", reading.leaves),
                (_READ, r"/library/sections/(\d+)/collections", reading.nothing),
                (("GET", "POST"), r"/library/sections/([^/]+)/refresh", requesting.scan),
                (("PUT",), r"/library/sections/(\d+)/emptyTrash", requesting.empty_trash),
                (_READ, r"/library/metadata/([^/]+)", reading.metadata),
                (_READ, r"/library/metadata/(\d+)/children", reading.children),
                (_READ, r"/library/metadata/(\d+)/allLeaves", reading.all_leaves),
                (("PUT",), r"/library/metadata/([^/]+)/refresh", requesting.refresh),
                (("PUT",), r"/library/metadata/([^/]+)/analyze", requesting.analyze),
                (_READ, r"/activities", about.activities),
                (_READ, r"/status/sessions", about.sessions),
                (_READ, r"/:/prefs", about.prefs),
                (_READ, r"/services/browse/([^/]+)", about.browse),
            )
        ]

    def answer(self, asked: Question) -> Answer:
        """Answer a question, or refuse it as PMS does."""
        path = asked.path.rstrip("/") or "/"
        if self.maintenance:
            return maintenance(asked.form)
        if path != "/identity" and asked.said("X-Plex-Token") != self._token:
            return html(401, _SCRIPT if path == "/" else "")
        if any(name.lower() == "x-plex-token" for name in asked.query):
            self._inside.record.violation(self._inside.clock(), Wrong.TOKEN_IN_URL, path)
        if asked.method == "DELETE":
            return self._requesting.forbidden(asked)
        for methods, pattern, handler in self._table:
            found = pattern.fullmatch(path)
            if found and asked.method in methods:
                return handler(asked, *found.groups())
        return html(404)
