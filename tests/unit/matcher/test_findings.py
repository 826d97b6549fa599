"""Findings as a record: what comes back from JSON, and what they are kept under."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from made_up import section

from matcher.findings import Finding, Findings, Verdict, findings_from_json, fingerprint
from matcher.mapping import Mapping, Source, configured

FINDINGS = Findings(
    (
        Finding(
            1,
            "/data/m",
            Verdict.FOUND,
            "2 of 2",
            (Mapping("/v/caf\udce9", "/data/m", 1, Source.FOUND, "2 of 2"),),
            ("/data/m/\U0001f600.mkv", "/v/caf\udce9/\U0001f600.mkv"),
            is_clear=True,
        ),
        Finding(2, "D:\\x", Verdict.UNSUPPORTED, "none"),
        Finding(
            3, "/c", Verdict.FOUND, "set", (Mapping("/c", "/c", 3, Source.CONFIG, "set"),), None
        ),
    ),
    "print",
)


def test_findings_survive_json() -> None:
    assert findings_from_json(json.loads(json.dumps(FINDINGS.to_json()))) == FINDINGS


def test_what_an_earlier_version_kept_is_not_certain() -> None:
    kept = FINDINGS.to_json()
    for each in kept["findings"]:
        del each["is_clear"]

    found = findings_from_json(kept)
    assert found is not None
    assert len(FINDINGS.certain()) == 1
    assert found.certain() == ()


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in FINDINGS.to_json().items() if name != key}


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        "text",
        {},
        {"version": 99},
        _without("findings"),
        _without("fingerprint"),
        FINDINGS.to_json() | {"findings": [1]},
        FINDINGS.to_json() | {"findings": [{"section": "1"}]},
        FINDINGS.to_json() | {"fingerprint": 1},
        FINDINGS.to_json() | {"findings": [FINDINGS.to_json()["findings"][0] | {"verdict": "x"}]},
        FINDINGS.to_json() | {"findings": [FINDINGS.to_json()["findings"][0] | {"example": [1]}]},
        FINDINGS.to_json() | {"findings": [FINDINGS.to_json()["findings"][0] | {"section": True}]},
    ],
)
def test_damaged_record_is_no_record(damaged: object) -> None:
    assert findings_from_json(damaged) is None


def test_mappings_are_the_configured_ones_of_today_and_the_found_ones() -> None:
    """What was configured when the record was made does not count any more."""
    rule = configured("/d", "/new")
    assert FINDINGS.mappings((rule,)).mappings == (rule, FINDINGS.findings[0].mappings[0])


def test_fingerprint_depends_on_what_can_prove_findings_wrong() -> None:
    sections = (section(1, "/a", "/b"), section(2, "/c"))
    rules = (configured("/d", "/x"),)
    base = fingerprint(sections, ["/v", "/w"], rules, "machine")
    assert fingerprint(reversed(sections), ["/w", "/v"], rules, "machine") == base
    renamed = (replace(sections[0], title="New", content_changed_at=9), sections[1])
    assert fingerprint(renamed, ["/v", "/w"], rules, "machine") == base
    others = [
        fingerprint(sections[:1], ["/v", "/w"], rules, "machine"),
        fingerprint((section(1, "/a"), sections[1]), ["/v", "/w"], rules, "machine"),
        fingerprint(sections, ["/v"], rules, "machine"),
        fingerprint(sections, ["/v", "/w"], (), "machine"),
        fingerprint(sections, ["/v", "/w"], rules, "other"),
    ]
    assert base not in others
    assert len(set(others)) == len(others)


def test_fingerprint_of_names_that_are_not_utf8() -> None:
    assert fingerprint((section(1, "/\udcff"),), ["/\udcfe"])


def test_findings_are_settled_once_every_location_is_found() -> None:
    assert not FINDINGS.is_settled
    assert Findings((FINDINGS.findings[0], FINDINGS.findings[2]), "print").is_settled
