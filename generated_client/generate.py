"""Write everything that follows from openapi.yaml: the client package, its limits, and docs/reference.md.

``python generated_client/generate.py`` writes; ``--check`` compares the set of files and their bytes with what would be
written, and exits with 1 on any difference. The client is generated from a view of openapi.yaml (overlay.yaml) into an
empty folder, so that nothing stale survives and the same input gives the same bytes from any directory.
"""

import argparse
import os
import pprint
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGE = Path("generated_client/luminus_zoom_api")
REFERENCE = Path("docs/reference.md")


def run(*command: str | Path, cwd: Path = HERE) -> None:
    """Run a tool of this environment, quietly unless it fails."""
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([bin_folder, os.environ.get("PATH", "")])
    # Colour and locale are set so that a tool's output cannot depend on who runs it.
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(  # noqa: S603 - fixed commands
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed with exit code {done.returncode}:\n{done.stdout}{done.stderr}")


def resolved(schema: Any, components: dict[str, Any]) -> Any:
    """The schema with references followed, and without what is only for readers."""
    if isinstance(schema, list):
        return [resolved(item, components) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = components[schema["$ref"].rpartition("/")[2]]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    result = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = {name: resolved(property_, components) for name, property_ in value.items()}
        elif key not in ("description", "example", "examples") and not key.startswith("x-"):
            result[key] = resolved(value, components)
    return result


def limits_module(contract: dict[str, Any]) -> str:
    """The source of limits.py: what the contract allows, for the wrapper to check arguments and answers against."""
    schemas = contract["components"]["schemas"]
    parts = [
        '"""Where the API is, and what openapi.yaml allows in requests and answers, as JSON Schema."""',
        "from typing import Any, Final",
        f"SERVER_URL: Final = {contract['servers'][0]['url']!r}",
    ]
    for constant, name in (("REQUEST", "NewMeeting"), ("RESPONSE", "Meeting")):
        literal = pprint.pformat(resolved(schemas[name], schemas), sort_dicts=False, width=100)
        parts.append(f"{constant}: Final[dict[str, Any]] = {literal}")
    return "\n\n".join(parts) + "\n"


def kind_of(schema: dict[str, Any]) -> str:
    """A property's type in a few words."""
    if "anyOf" in schema:
        return " or ".join(kind_of(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema['items'])}"
    if schema.get("type") == "object":
        return "object"
    return f"{schema['type']} ({schema['format']})" if "format" in schema else str(schema["type"])


def bounds_of(schema: dict[str, Any]) -> str:
    """A property's constraints in a few words."""
    words = {"minimum": "≥ {}", "maximum": "≤ {}", "multipleOf": "multiple of {}", "minLength": "length ≥ {}"}
    words |= {"maxLength": "length ≤ {}", "enum": "one of {}"}
    found = [text.format(schema[key]) for key, text in words.items() if key in schema]
    found += [bounds_of(option) for option in schema.get("anyOf", [])]
    return ", ".join(filter(None, found)).replace("[", "").replace("]", "")


def property_rows(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> list[str]:
    """A Markdown table row for each property, those of nested objects after their own."""
    rows = []
    for name, property_ in schema["properties"].items():
        target = resolved(property_, schemas)
        source = schemas[property_["$ref"].rpartition("/")[2]] if "$ref" in property_ else property_
        required = "yes" if name in schema.get("required", []) else ""
        cells = (f"`{prefix}{name}`", kind_of(target), required, bounds_of(target), source["description"])
        rows.append("| " + " | ".join(cells) + " |")
        if target.get("type") == "object":
            rows += property_rows(source, schemas, f"{prefix}{name}.")
        elif target.get("type") == "array":
            item = schemas[property_["items"]["$ref"].rpartition("/")[2]]
            rows += property_rows(item, schemas, f"{prefix}{name}[].")
    return rows


def provenance_rows(node: Any, pointer: str = "#") -> list[str]:
    """A Markdown table row for each item of the contract that the page does not document."""
    if isinstance(node, list):
        return [row for index, item in enumerate(node) for row in provenance_rows(item, f"{pointer}/{index}")]
    if not isinstance(node, dict):
        return []
    rows = []
    if mark := node.get("x-provenance"):
        where = f"{pointer} ({', '.join(mark['keywords'])})" if "keywords" in mark else pointer
        rows.append(f"| `{where}` | {mark['kind']} | {mark['reason']} |")
    for key, value in node.items():
        rows += provenance_rows(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    return rows


def reference(contract: dict[str, Any]) -> str:
    """The text of docs/reference.md."""
    schemas = contract["components"]["schemas"]
    responses = contract["paths"]["/Meeting"]["post"]["responses"]
    head = ["| property | type | required | bounds | meaning |", "|---|---|---|---|---|"]
    lines = ["# Reference", "", "Written by `make generate` from openapi.yaml.", ""]
    lines += ["## Request: `POST /Meeting`", "", *head, *property_rows(schemas["NewMeeting"], schemas), ""]
    lines += ["## Answers", "", "| status | meaning |", "|---|---|"]
    lines += [f"| {status} | {response['description']} |" for status, response in responses.items()]
    lines += ["", "## The meeting in a 201", "", *head, *property_rows(schemas["Meeting"], schemas), ""]
    lines += ["## What the page does not document", "", "| item | provenance | reason |", "|---|---|---|"]
    return "\n".join([*lines, *provenance_rows(contract), ""])


def generate(target: Path) -> None:
    """Write all generated files below a folder that stands for the project's root."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    package = target / PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        view = Path(folder) / "openapi.yaml"
        run("oas-patch", "overlay", ROOT / "openapi.yaml", HERE / "overlay.yaml", "-o", view)
        # The hooks run last, so limits.py has to be made inside them or formatted like them; this does the latter.
        run(
            *("openapi-python-client", "generate", "--path", view, "--config", HERE / "config.yaml"),
            *("--custom-template-path", HERE / "templates"),
            *("--meta", "none", "--output-path", package, "--fail-on-warning"),
        )
    (package / "limits.py").write_text(limits_module(contract), encoding="utf-8")
    run("ruff", "format", "limits.py", "--isolated", "--no-cache", "--target-version", "py311", cwd=package)
    (target / REFERENCE).parent.mkdir(parents=True, exist_ok=True)
    (target / REFERENCE).write_text(reference(contract), encoding="utf-8")


def files(root: Path) -> dict[Path, bytes]:
    """Every generated file below a root, with its bytes."""
    found = [path for path in (root / PACKAGE).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    if (root / REFERENCE).exists():
        found.append(root / REFERENCE)
    return {path.relative_to(root): path.read_bytes() for path in found}


def differences(expected: dict[Path, bytes], actual: dict[Path, bytes]) -> list[str]:
    """A line for each file that is missing, stale or different."""
    changes = []
    for path in sorted(expected.keys() | actual.keys()):
        if path not in actual:
            changes.append(f"missing: {path}")
        elif path not in expected:
            changes.append(f"not generated: {path}")
        elif expected[path] != actual[path]:
            changes.append(f"differs: {path}")
    return changes


def main() -> None:
    """Generate, or check what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a generated file differs")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        expected = files(fresh)
        changes = differences(expected, files(ROOT))
        if not check:
            shutil.rmtree(ROOT / PACKAGE, ignore_errors=True)
            shutil.copytree(fresh / PACKAGE, ROOT / PACKAGE)
            (ROOT / REFERENCE).parent.mkdir(exist_ok=True)
            shutil.copyfile(fresh / REFERENCE, ROOT / REFERENCE)
    print(*changes, f"{len(expected)} generated files, {len(changes)} {'differ' if check else 'changed'}", sep="\n")
    if check and changes:
        sys.exit("What is generated does not follow from openapi.yaml: run `make generate` and commit the result.")


if __name__ == "__main__":
    main()
