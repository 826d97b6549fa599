"""Patience: how long the daemon waits for Plex before it looks again, asks again or gives up.

One value that is passed in, so that a test can be impatient where a person must not be.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds.

    Attributes:
        looks_s: between the looks at what became of a scan; the last one repeats. A scan that
            Plex queues for hours costs about one request a minute, and the end of one that takes
            a minute is seen within 10 s: what waits behind it in its section waits for that.
        early_looks_s: when, after it was asked for, a scan is looked at beside that while others of
            its section wait: a quick Plex takes a hundred folders in seconds then.
        lost_after_s: how long an idle Plex may not show a file before the scan counts as lost,
            by attempt. It has three: asked again, asked for the parent, given up.
        lost_soon_s: how long where Plex shows what became of the scan: its section was not scanned
            since, or it was, and still has what is gone. Doubles for each scan known to be lost.
        begins_s: so long after it was asked for a scan may not have begun yet, and show nowhere:
            the scanner began 0.93 s later in a recorded log.
        busy_s: how long a refresh or an analysis is followed up at most while Plex has other work.
        held_s: until the location of a held scan is looked at again.
        hangs_s: so long a file system may not answer until people are told that it hangs.
        settling_s: until a directory that has not come to rest is looked at again.
        first_back_off_s: after the first failure, of Plex or of one order; it doubles from there.
        longest_back_off_s: where doubling ends while Plex is away.
        longest_retry_s: where doubling ends for one job that fails while Plex does answer others.
        most_failures: so often such a job may fail before it is given up and told: two hours.
        first_refused_s: until a refused token is tried again for the first time: a server that
            has just been updated or started may refuse every token for a moment. It doubles.
        first_place_s: until it is looked whether there is a place in Plex by now for what had none.
            It doubles.
        longest_place_s: where that ends.
        refused_s: where doubling ends. Slow: hammering a server with a wrong token helps nobody.
    """

    looks_s: tuple[float, ...] = (
        *(0.5, 1.0, 2.0, 4.0, 8.0),
        *(10.0,) * 4,
        *(15.0,) * 4,
        *(30.0,) * 4,
        60.0,
    )
    early_looks_s: tuple[float, ...] = (0.1, 0.25)
    lost_after_s: tuple[float, float, float] = (10.0, 20.0, 40.0)
    lost_soon_s: float = 2.5
    begins_s: float = 2.0
    busy_s: float = 600.0
    held_s: float = 30.0
    hangs_s: float = 15.0
    settling_s: float = 0.5
    first_back_off_s: float = 1.0
    longest_back_off_s: float = 60.0
    longest_retry_s: float = 600.0
    most_failures: int = 20
    first_refused_s: float = 5.0
    first_place_s: float = 60.0
    longest_place_s: float = 3600.0
    refused_s: float = 60.0

    def place_s(self, looks: int) -> float:
        """Return how long to wait until it is looked for a place again, after so many looks."""
        return min(self.longest_place_s, self.first_place_s * 2.0 ** min(looks, 30))

    def look_s(self, looks: int) -> float:
        """Return how long to wait for the next look after so many."""
        return self.looks_s[min(looks, len(self.looks_s) - 1)]

    def early_s(self, since_asked_s: float) -> float | None:
        """Return how long to wait for the next early look, if there is one before the first."""
        waits = (at - since_asked_s for at in self.early_looks_s if at < self.look_s(0))
        return next((wait_s for wait_s in waits if wait_s > 0), None)

    def lost_s(self, attempts: int) -> float:
        """Return how long to wait for a result after so many requests."""
        return self.lost_after_s[min(max(attempts, 1), len(self.lost_after_s)) - 1]

    def soon_s(self, attempts: int, losses: int) -> float:
        """Return how long to wait for a result where Plex shows what became of the scan."""
        return min(self.lost_s(attempts), self.lost_soon_s * 2.0**losses)

    def back_off_s(self, failures: int) -> float:
        """Return how long to leave Plex alone after so many failures in a row; the first is 1."""
        return min(self.longest_back_off_s, self._doubled(failures))

    def refusal_s(self, refusals: int) -> float:
        """Return how long to leave Plex alone after it refused the token so often in a row."""
        return min(self.refused_s, self.first_refused_s * 2.0 ** (min(refusals, 20) - 1))

    def retry_s(self, failures: int) -> float:
        """Return how long to leave one job alone after so many failures of its own."""
        return min(self.longest_retry_s, self._doubled(failures))

    def _doubled(self, failures: int) -> float:
        return self.first_back_off_s * 2.0 ** min(max(failures, 1) - 1, 20)
