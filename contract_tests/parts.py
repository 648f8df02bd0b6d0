"""How the systematic cases's parts become tests: one subtest for each clause that a part has tried."""

import pytest

from luminus_zoom_contract.run.session import Session


def expect_held(lab: Session, subtests: pytest.Subtests, part: str) -> None:
    """Run a part of the systematic cases and fail for each clause that it broke; findings fail only in a strict run."""
    before = {name: (entry.cases, entry.broken) for name, entry in lab.results.entries.items()}
    lab.run_cases([part])
    tried = {name: entry for name, entry in lab.results.entries.items() if entry.cases > before[name][0]}
    if not tried:
        pytest.skip(f"nothing to try: {part} needs an option that was not given")
    for name, entry in tried.items():
        with subtests.test(name):
            broken = entry.broken - before[name][1]
            counts = not lab.clauses[name].is_finding or lab.options.strict
            if broken and counts:
                pytest.fail("\n".join(failure.message for failure in entry.failures[:5]))
