"""What discovery found, per location, with its evidence; kept as JSON from one run to the next."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from matcher.mapping import Mapping, Mappings, Source, mappings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matcher.model import Section

_VERSION = 2
"""Of what is kept; another one as well where other things count as proof than before."""


class Verdict(StrEnum):
    """What became of one location.

    FOUND: its mappings are proven, or the user set them. AMBIGUOUS: several directories explain
    the sampled files equally well; only what all explanations share is mapped. UNSUPPORTED: no
    directory explains them. NO_EVIDENCE: the location has no files to look for.
    """

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    UNSUPPORTED = "unsupported"
    NO_EVIDENCE = "no evidence"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one location of one section.

    `mappings` hold the host directories that are the location, or, where only a directory below
    the location is mounted from elsewhere, that directory; it is empty where nothing is certain.
    `evidence` is one sentence with figures, for people. `example` is one sampled file, as Plex
    spells it and as the host does. `is_clear` where all sampled files were explained.
    """

    section: int
    location: str
    verdict: Verdict
    evidence: str
    mappings: tuple[Mapping, ...] = ()
    example: tuple[str, str] | None = None
    is_clear: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host directories behind the location."""
        return tuple(dict.fromkeys(each.host for each in self.mappings))


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings, and the fingerprint of what they depend on."""

    findings: tuple[Finding, ...]
    fingerprint: str

    @property
    def is_settled(self) -> bool:
        """Whether a later look can say nothing new while the fingerprint holds.

        A disk that was not mounted, a library that was empty, a copy that stood beside: such
        findings are worth another look at the next start, or after a while.
        """
        return all(each.verdict is Verdict.FOUND for each in self.findings)

    def certain(self) -> tuple[Finding, ...]:
        """Return those that need no other look while the fingerprint holds, whatever moves."""
        return tuple(
            each for each in self.findings if each.verdict is Verdict.FOUND and each.is_clear
        )

    def mappings(self, configured: Iterable[Mapping] = ()) -> Mappings:
        """Return what may be used: the configured mappings and all that were found."""
        found = (
            mapping
            for finding in self.findings
            for mapping in finding.mappings
            if mapping.source is not Source.CONFIG
        )
        return mappings_of((*configured, *found))

    def to_json(self) -> dict[str, Any]:
        """Return a value that JSON can carry; names that are not UTF-8 survive as escapes."""
        return {
            "version": _VERSION,
            "fingerprint": self.fingerprint,
            "findings": [_finding_to_json(each) for each in self.findings],
        }


def findings_from_json(value: object) -> Findings | None:
    """Read what `to_json` gave; None for anything else, such as another version's record."""
    if not isinstance(value, dict) or value.get("version") != _VERSION:
        return None
    try:
        return Findings(
            tuple(_finding_from_json(each) for each in value["findings"]),
            _text(value["fingerprint"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def fingerprint(
    sections: Iterable[Section],
    folders: Iterable[str],
    configured: Iterable[Mapping] = (),
    machine: str = "",
) -> str:
    """Return a short text that changes whenever findings may not hold any more.

    It depends on the server (its machine identifier), on every section's locations, on the
    watched folders and on the configured mappings, in any order; not on titles or counters.
    """
    basis = [
        machine,
        sorted((each.key, sorted(each.locations)) for each in sections),
        sorted(folders),
        sorted((each.host, each.plex) for each in configured),
    ]
    return hashlib.sha256(json.dumps(basis).encode()).hexdigest()[:32]


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        "section": finding.section,
        "location": finding.location,
        "verdict": finding.verdict.value,
        "evidence": finding.evidence,
        "mappings": [
            [each.host, each.plex, each.section, each.source.value, each.evidence]
            for each in finding.mappings
        ],
        "example": list(finding.example) if finding.example else None,
        "is_clear": finding.is_clear,
    }


def _finding_from_json(value: dict[str, Any]) -> Finding:
    return Finding(
        _whole(value["section"]),
        _text(value["location"]),
        Verdict(value["verdict"]),
        _text(value["evidence"]),
        tuple(_mapping_from_json(each) for each in value["mappings"]),
        _example(value["example"]),
        is_clear=value.get("is_clear") is True,
    )


def _mapping_from_json(value: Sequence[Any]) -> Mapping:
    host, plex, section, source, evidence = value
    return Mapping(
        _text(host),
        _text(plex),
        None if section is None else _whole(section),
        Source(source),
        _text(evidence),
    )


def _example(value: Sequence[Any] | None) -> tuple[str, str] | None:
    if value is None:
        return None
    plex, host = value
    return _text(plex), _text(host)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not text: {value!r}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"not a whole number: {value!r}")
    return value
