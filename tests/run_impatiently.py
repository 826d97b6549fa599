"""`plexnudge run` as a process, but with a test's patience in place of a person's.

`python run_impatiently.py CONFIG`: what is waited for in seconds and minutes is in tenths here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from closed_loop import IMPATIENT

from watcher.commands.run import Service
from watcher.config import load_config


def main() -> int:
    path = Path(sys.argv[1])
    config = load_config(path, os.environ)
    return Service(path, config, os.environ, dry_run=False, patience=IMPATIENT).run()


if __name__ == "__main__":
    sys.exit(main())
