"""A process that watches a folder, for tests that change what such a process may do.

`python watch_in_a_process.py FOLDER` says `ready`, then answers each line it is given: `states`
with the folder's state, `reports` and `events` with what there was so far, as one line of JSON
each; `raise N` sets this namespace's limit of watches. An empty line ends it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from watched import Watched, folder


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    root = Path(sys.argv[1])
    with Watched([folder(root)]) as seen:
        say("ready")
        for line in sys.stdin:
            word, _, number = line.strip().partition(" ")
            if word == "states":
                answer: object = asdict(seen.state_of(root))
            elif word == "reports":
                answer = seen.reports
            elif word == "events":
                answer = [(one.what.value, one.path) for one in list(seen.events)]
            elif word == "raise":
                answer = Path("/proc/sys/user/max_inotify_watches").write_text(number)
            else:
                return
            say(json.dumps(answer))


if __name__ == "__main__":
    main()
