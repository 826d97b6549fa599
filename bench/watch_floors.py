"""Floors to measure watching against: the least that any program must do, in C and in Python."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_C = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
static long dirs, files; static int watch, stats, fd;
static void walk(char *path, size_t len) {
  if (watch && inotify_add_watch(fd, path, 0x3ce | IN_ONLYDIR) < 0) { perror(path); exit(1); }
  dirs++;
  DIR *d = opendir(path); if (!d) return;
  struct dirent *e;
  while ((e = readdir(d))) {
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
    size_t n = strlen(e->d_name);
    path[len] = '/'; memcpy(path + len + 1, e->d_name, n + 1);
    if (e->d_type == DT_DIR) walk(path, len + 1 + n);
    else { files++; if (stats) { struct stat st; lstat(path, &st); } }
    path[len] = 0;
  }
  closedir(d);
}
int main(int argc, char **argv) {
  static char path[8192]; strcpy(path, argv[1]);
  watch = strchr(argv[2], 'w') != 0; stats = strchr(argv[2], 's') != 0;
  fd = inotify_init(); walk(path, strlen(path));
  printf("%ld %ld\n", dirs, files); return 0;
}
"""
MASK = 0x3CE
"""CREATE, DELETE, MOVED_FROM, MOVED_TO, MODIFY, CLOSE_WRITE and the two that come with them."""


def c_walker() -> str | None:
    """Compile the floor in C; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = Path(tempfile.mkdtemp()) / "floor"
    subprocess.run(
        [compiler, "-O2", "-x", "c", "-o", str(program), "-"], input=_C.encode(), check=True
    )
    return str(program)


def python_walk(top: bytes, *, watch: bool, stats: bool) -> int:
    """Walk a tree with scandir; add a watch by ctypes and look at each file if asked to."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init()
    add, count, stack = libc.inotify_add_watch, 0, [top]
    while stack:
        path = stack.pop()
        count += 1
        if watch:
            add(handle, path, MASK)
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                elif stats:
                    entry.stat(follow_symlinks=False)
    os.close(handle)
    return count


def make_tree(top: Path, directories: int, files_each: int) -> None:
    """Make shows of ten seasons; one show in ten directories is an empty name above them."""
    made = 1
    show = 0
    while made < directories:
        parent = top / f"Show {show:06} (1999)"
        parent.mkdir(parents=True)
        made += 1
        for season in range(10):
            if made >= directories:
                break
            place = parent / f"Season {season:02}"
            place.mkdir()
            made += 1
            for file in range(files_each):
                handle = os.open(place / f"Show - s{season:02}e{file:02}.mkv", os.O_CREAT, 0o644)
                os.close(handle)
        show += 1


def drop_caches() -> bool:
    """Have the kernel forget what it has read, where this user may."""
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("2")
    except OSError:
        return False
    return True


def rss_kb() -> int:
    """Resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def timed(name: str, top: str) -> dict[str, float]:
    """Run one Python floor in this process: seconds, CPU seconds, kilobytes."""
    before, cpu, began = rss_kb(), time.process_time(), time.perf_counter()
    python_walk(os.fsencode(top), watch="w" in name, stats="s" in name)
    return {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "kb": rss_kb() - before,
    }


if __name__ == "__main__":
    sys.exit("this is used by the other files of bench/")
