"""Kinds of files by name and place, and what is noise."""

from __future__ import annotations

import pytest

from matcher.change import Kind
from matcher.globs import NO_GLOBS, Globs
from matcher.kinds import disc_folder, extra_suffix, is_noise, kind_of

BY_NAME = {
    Kind.VIDEO: [
        "Heat (1995)/Heat (1995).mkv",
        "Heat (1995)/HEAT.MKV",
        "Show/Season 01/Show - S01E01-E02.mp4",
        "Show/Season 2024/Show - 2024-01-05.ts",
        "Anime/[Group] Frieren - 05 (1080p) [ABCD1234].mkv",
        "Film (2000)/Film (2000) {edition-Director's Cut}.m4v",
        "Film (2000)/Film (2000)-cd1.avi",
        "Film/BDMV/STREAM/00001.m2ts",
        "Film/BDMV/index.bdmv",
        "Film/BDMV/PLAYLIST/00001.mpls",
        "Film/video_ts/VTS_01_1.VOB",
        "Film/VIDEO_TS/VIDEO_TS.IFO",
        "Film/VIDEO_TS.IFO",
        "Shorts/Luxo Jr. (1986).mkv",
        "Other/The Film (2001)/The Film (2001).mkv",
        "Sample/Season 1/Sample - S01E01.mkv",
        "The Sample (2010)/The Sample (2010).mkv",
        "Sample This (2012)/Sample This (2012).mkv",
        "Samples/Season 1/x.mkv",
        "The Interview (2014)/The Interview (2014).mkv",
        "Trailer Park Boys/Season 1/Trailer Park Boys - S01E01.mkv",
        "Temp (2020)/The.Temp.mkv",
        "movie.part1.mkv",
        "...And Justice for All (1979)/x.mkv",
    ],
    Kind.AUDIO: ["A/B/01 Song.flac", "A/B/02.MP3", "A/B/x.opus", "A/theme song.mp3"],
    Kind.SUBTITLE: ["F/f.srt", "F/f.en.forced.SRT", "F/f.ass", "F/f.idx", "F/f.sub", "F/f.vtt"],
    Kind.LYRICS: ["A/B/01 Song.lrc"],
    Kind.ARTWORK: ["F/poster.jpg", "F/fanart-2.PNG", "F/f-thumb.jpeg", "F/folder.tbn", "F/x.webp"],
    Kind.THEME: ["Show/theme.mp3", "Show/Theme.MP3", "Show/theme.m4a", "Show/theme-2.mp3"],
    Kind.EXTRA: [
        "F (2000)/F (2000)-trailer.mkv",
        "F (2000)/Making of-behindthescenes.mp4",
        "F (2000)/x-DELETED.mkv",
        "F (2000)/x-featurette2.mkv",
        "F (2000)/x-interview.mkv",
        "F (2000)/x-scene.mkv",
        "F (2000)/x-short.mkv",
        "F (2000)/x-other.mkv",
        "F (2000)/trailer.mkv",
        "F (2000)/movie-trailer.mkv",
        "F (2000)/Trailers/1.mkv",
        "F (2000)/Behind The Scenes/1.mkv",
        "F (2000)/behindthescenes/1.mkv",
        "F (2000)/Deleted Scenes/1.mkv",
        "F (2000)/featurettes/1.mkv",
        "Show/Season 1/Interviews/1.mkv",
        "Show/Shorts/1.mkv",
        "Show/Other/1.mkv",
    ],
    Kind.NFO: ["F/movie.nfo", "Show/tvshow.NFO"],
    Kind.IGNORE_FILE: [".plexignore", "F/.plexignore"],
    Kind.MATCH_FILE: ["Show/.plexmatch"],
    Kind.OTHER: [
        "F/readme.txt", "F/f.rar", "F/f.r00", "F/f.zip", "F/f.iso", "F/f.exe", "F/f.sup", "F/noext",
        "F/BDMV/META/DL/poster.jpg", "F/BDMV/JAR/00000.jar", "F/Vol. 2",
    ],
    Kind.NOISE: [
        "F/.f.mkv.a1B2c3", "F/f.mkv.part", "F/f.mkv.partial~", "F/f.mkv.!qB", "F/f.mkv.crdownload",
        "F/f.mkv.aria2", "F/f.tmp", "_UNPACK_F/f.mkv", "_unpack_f/f.mkv", "_FAILED_F/f.mkv",
        "F/__ADMIN__/f.mkv", ".syncthing.f.mkv.tmp", "~syncthing~f.mkv.tmp", ".nfs0001",
        ".fuse_hidden01", ".smbdelete01", ".goutputstream-X", "._f.mkv", "F/Thumbs.db",
        "F/thumbs.DB", ".DS_Store", "F/@eaDir/f.mkv", "#recycle/f.mkv", "@Recycle/f.mkv",
        "#snapshot/a/f.mkv", ".Trash-1000/f.mkv", "$RECYCLE.BIN/f.mkv", "lost+found/f.mkv",
        "System Volume Information/x.mkv", ".stfolder/x", ".stversions/f.mkv", ".hidden/f.mkv",
        ".hidden.mkv", "F/.@__thumb/f.jpg", ".zfs/f.mkv", ".snapshots/1/f.mkv", "desktop.ini",
        "~$doc.docx", ".~lock.doc#", "F/f.nzb.queued", "F/f.mkv~", "F/f.mkv.filepart",
        "F/sample.mkv", "F/f-sample.mkv", "F/f.sample.mkv", "F/(sample).mkv", "F/sample-f.mkv",
        "F/Sample/f.mkv", "Plex Versions/TV/f.mp4", "@Recently-Snapshot/f.mkv",
        "F/f.mkv@SynoResource", "F/f-TdarrCacheFile-x1.mkv", "F/f.tmp.mkv",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "kind"), [(path, kind) for kind, listed in BY_NAME.items() for path in listed]
)
def test_a_name_in_its_place_has_a_kind(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Film (2000)", Kind.DIR),
        ("Film (2000)/Featurettes", Kind.DIR),
        ("Film (2000)/BDMV", Kind.DIR),
        ("Film (2000)/Sample", Kind.NOISE),
        ("Sample", Kind.DIR),
        ("Film/@eaDir", Kind.NOISE),
        (".plexignore", Kind.NOISE),
        ("movie.mkv", Kind.DIR),
        ("x.part", Kind.DIR),
    ],
)
def test_a_directory_is_a_directory_or_noise(path: str, kind: Kind) -> None:
    assert kind_of(path, is_dir=True) is kind


def test_a_large_sample_is_a_film() -> None:
    """Plex's scanner passes over samples below 300 MB only."""
    assert kind_of("F/f-sample.mkv", size=299 * 1024 * 1024) is Kind.NOISE
    assert kind_of("F/f-sample.mkv", size=300 * 1024 * 1024) is Kind.VIDEO
    assert kind_of("F/Sample/f.mkv", size=10**9) is Kind.VIDEO


def test_a_blank_before_sample_counts_only_where_the_file_is_known_to_be_small() -> None:
    assert kind_of("F/Free Sample.mkv") is Kind.VIDEO
    assert kind_of("F/Free Sample.mkv", size=10**9) is Kind.VIDEO
    assert kind_of("F/Free Sample.mkv", size=10**6) is Kind.NOISE


def test_an_empty_file_is_noise_unless_it_may_be_empty() -> None:
    assert kind_of("F/f.mkv", size=0) is Kind.NOISE
    assert kind_of("F/f.srt", size=0) is Kind.NOISE
    assert kind_of("F/.plexignore", size=0) is Kind.IGNORE_FILE
    assert kind_of("F/x.txt", size=0) is Kind.OTHER


def test_the_users_patterns_are_noise() -> None:
    globs = Globs(["*.ignored.mkv", "Private/", "/Top/**/x*.mkv"])

    assert kind_of("a/b.ignored.mkv", ignore=globs) is Kind.NOISE
    assert kind_of("a/Private/b.mkv", ignore=globs) is Kind.NOISE
    assert kind_of("a/Private", ignore=globs) is Kind.OTHER
    assert kind_of("Top/q/r/x1.mkv", ignore=globs) is Kind.NOISE
    assert kind_of("a/Top/q/x1.mkv", ignore=globs) is Kind.VIDEO
    assert is_noise("a/B.IGNORED.mkv", is_dir=False, ignore=globs)
    assert not is_noise("a/b.mkv", is_dir=False, ignore=globs)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.mkv", "a/b.mkv", True),
        ("b.mkv", "a/b.mkv", True),
        ("a", "a/b.mkv", True),
        ("a*", "xa/b.mkv", False),
        ("a/*.mkv", "a/b.mkv", True),
        ("a/*.mkv", "a/c/b.mkv", False),
        ("a/**/b.mkv", "a/b.mkv", True),
        ("a/**/b.mkv", "a/c/d/b.mkv", True),
        ("a/**", "a/c/d/b.mkv", True),
        ("[ab].mkv", "b.mkv", True),
        ("[!ab].mkv", "b.mkv", False),
        ("?.mkv", "b.mkv", True),
        ("?.mkv", "bb.mkv", False),
        ("(a)+.mkv", "(a)+.mkv", True),
        ("a.mkv", "aXmkv", False),
        ("[", "[", True),
        ("line\nbreak.*", "x/line\nbreak.mkv", True),
    ],
)
def test_globs_match_names_at_any_depth_and_paths_from_the_top(
    pattern: str, path: str, matches: bool
) -> None:
    assert Globs([pattern]).match(path.split("/"), is_dir=False) is matches


def test_globs_are_values() -> None:
    assert Globs(["a"]) == Globs(["a"])
    assert hash(Globs(["a"])) == hash(Globs(["a"]))
    assert Globs(["", "/"]) == NO_GLOBS
    assert "a" in repr(Globs(["a"]))
    assert Globs(["a"]) != "a"


def test_noise_is_decided_by_the_names_below_the_watched_folder() -> None:
    assert not is_noise("Film/f.mkv", is_dir=False)
    assert is_noise("Film/@eaDir", is_dir=True)
    assert not is_noise(".plexmatch", is_dir=False)


def test_the_folder_of_a_disc_is_found() -> None:
    assert disc_folder("/v/Film/BDMV/STREAM/1.m2ts") == "/v/Film/BDMV"
    assert disc_folder("/v/Film/VIDEO_TS") == "/v/Film/VIDEO_TS"
    assert disc_folder("/v/Film/f.mkv") is None


def test_the_ending_of_an_extra_needs_something_before_it() -> None:
    assert extra_suffix("Film-trailer") == "-trailer"
    assert extra_suffix("-trailer") == ""
    assert extra_suffix("Film trailer") == ""
