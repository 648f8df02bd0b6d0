"""All checks of the contract, in one run: what comes out is everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generation import echo_checks, link_checks, operation_checks, schema_checks, structure_checks
from generation.reading import Document, Problem, Refused, written

Check = Callable[[Document], Iterator[Problem]]

_FORM: tuple[Check, ...] = (structure_checks.members, structure_checks.references, structure_checks.boolean_schemas)
_MEANING: tuple[Check, ...] = (
    schema_checks.schemas,
    schema_checks.class_names,
    schema_checks.provenance,
    schema_checks.marks,
    schema_checks.examples,
    operation_checks.names,
    operation_checks.paths,
    operation_checks.parameters,
    operation_checks.bodies,
    operation_checks.security,
    operation_checks.servers,
    echo_checks.echoes,
    link_checks.links,
)


def check(document: Document, name: str = "openapi.yaml") -> None:
    """Raise `Refused` with a line for each problem, in the order of the file, if there is any."""
    found = list(document.problems)
    for each in _FORM:
        found += each(document)
    form = list(structure_checks.form(document))
    for each in _MEANING:
        try:
            found += each(document)
        except Exception:
            # What has a wrong form was told of; a check that stumbles over it has its turn in the next run.
            if not found and not form:
                raise
    # A sentence of our own stands for the specification's about the same place.
    own = {problem.at for problem in found}
    found += [problem for problem in form if problem.at not in own]
    lines = {(document.line(problem.at), written(problem.at), problem.text) for problem in found}
    if lines:
        raise Refused([f"{name}:{line}: {place}: {text}" for line, place, text in sorted(lines)])
