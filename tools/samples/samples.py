"""Write how to call each operation in each language: docs/samples/, and what the mock serves as x-codeSamples.

``python tools/samples/samples.py`` writes; ``--check`` compares, and exits with 1 on a difference. All samples of an
operation send one request, the contract's first example. Where node or npm is missing or fails, nothing is written or
compared, and a line says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from luminus_zoom_mock.contract import Contract, Operation, Parameter, load
from luminus_zoom_mock.values import value_for

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = Path("docs/samples")
SERVED = Path("mock_server/luminus_zoom_mock/samples.json")
KEY = "YOUR_SUBSCRIPTION_KEY"
"""What stands for the key."""
INSTALLED = HERE / "node_modules" / ".package-lock.json"


def request(contract: Contract, url: str, operation: Operation) -> dict[str, Any]:
    """Return an example request in the form of an HTTP archive."""
    required = [parameter for parameter in operation.parameters if parameter.required]
    path = operation.path
    for parameter in required:
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(_text(contract, parameter), safe=""))
    headers = [{"name": key.name, "value": KEY} for key in operation.keys[:1] if key.where == "header"]
    if any(key.with_token for key in operation.keys[:1]) or operation.keyless_with_token:
        headers.append({"name": "Authorization", "value": "Bearer YOUR_TOKEN"})
    headers += _pairs(contract, required, "header")
    query = [{"name": key.name, "value": KEY} for key in operation.keys[:1] if key.where == "query"]
    query += _pairs(contract, required, "query")
    made = {"method": operation.method, "url": url + path, "httpVersion": "HTTP/1.1", "queryString": query}
    made |= {"headers": headers, "cookies": _pairs(contract, required, "cookie"), "headersSize": -1, "bodySize": -1}
    if operation.body:
        kind = next(iter(operation.body))
        headers.append({"name": "Content-Type", "value": kind})
        made["postData"] = {"mimeType": kind, "text": json.dumps(_body(contract, operation), default=str)}
    return made


def _body(contract: Contract, operation: Operation) -> Any:
    examples = (example for media in operation.body.values() for example in media.examples)
    return next(examples, None) or value_for(contract.schemas, operation.schema)


def _pairs(contract: Contract, parameters: list[Parameter], where: str) -> list[dict[str, str]]:
    return [{"name": it.name, "value": _text(contract, it)} for it in parameters if it.where == where]


def _text(contract: Contract, parameter: Parameter) -> str:
    value = value_for(contract.schemas, parameter.schema)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def with_luminus_zoom(contract: Contract, url: str, operation: Operation) -> list[dict[str, str]]:
    """Return the sample that uses this library, for the operation that it has; [] for others."""
    try:
        from luminus_zoom import MeetingArguments
    except (ImportError, AttributeError, LookupError) as error:
        print(f"docs/samples have none with luminus_zoom, which does not follow the contract yet: {error!r}")
        return []
    hints = typing.get_type_hints(MeetingArguments, include_extras=True)
    named = {hint.__metadata__[0].wire: (name, hint) for name, hint in hints.items()}
    body = _body(contract, operation) if operation is contract.main and operation.body else None
    if not isinstance(body, dict) or not body.keys() <= named.keys():
        return []
    dated = {wire for wire, (_, hint) in named.items() if "datetime.datetime" in str(hint)}
    values = {
        wire: json.dumps(it, ensure_ascii=False) if isinstance(it, str) else repr(it) for wire, it in body.items()
    }
    values |= {wire: f"datetime.fromisoformat({values[wire]})" for wire in dated & body.keys()}
    arguments = [f"        {named[wire][0]}={value}," for wire, value in values.items()]
    source = "\n".join(
        [
            *(["from datetime import datetime", ""] if dated & body.keys() else []),
            *("from luminus_zoom import ZoomClient", ""),
            f'with ZoomClient(base_url="{url}", subscription_key="{KEY}") as zoom:',
            *("    meeting = zoom.create_meeting(", *arguments, "    )", "print(meeting.join_url)"),
        ]
    )
    return [{"label": "Python, luminus_zoom", "lang": "Python", "file": "with_luminus_zoom.py", "source": source}]


def written() -> dict[Path, str]:
    """Return every file and its text. Raises OSError without node, subprocess.SubprocessError where it fails."""
    contract = load(ROOT / "openapi.yaml")
    url = contract.url
    operations = contract.operations.values()
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        INSTALLED.touch()
    asked = json.dumps([request(contract, url, operation) for operation in operations])
    others = json.loads(_run("node", "samples.mjs", given=asked))
    samples = {
        operation.id: with_luminus_zoom(contract, url, operation) + other
        for operation, other in zip(operations, others, strict=True)
    }
    files = {
        FOLDER / name / sample["file"]: sample["source"].rstrip() + "\n"
        for name, listed in samples.items()
        for sample in listed
    }
    for sample in (it for listed in samples.values() for it in listed):
        del sample["file"]
    return files | {SERVED: json.dumps({"url": url, "key": KEY, "operations": samples}, indent=1) + "\n"}


def _run(program: str, *arguments: str, given: str = "") -> str:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not there")
    done = subprocess.run(  # noqa: S603
        [found, *arguments], cwd=HERE, input=given, capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout


def main() -> None:
    """Write the files, or compare them."""
    only_check = "--check" in sys.argv[1:]
    try:
        files = written()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"docs/samples were not {'checked' if only_check else 'written'}: {error}")
        return
    there = {path.relative_to(ROOT): path for path in (ROOT / FOLDER).glob("*/*")}
    stale = sorted(there.keys() - files.keys())
    different = sorted(path for path, text in files.items() if not _holds(ROOT / path, text))
    if not only_check:
        for path in stale:
            (ROOT / path).unlink()
        for path in different:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(files[path], encoding="utf-8")
    told = [f"not generated: {path}" for path in stale] + [f"differs: {path}" for path in different]
    print(*told, f"{len(files)} files of samples, {len(told)} {'differ' if only_check else 'changed'}", sep="\n")
    if only_check and (stale or different):
        sys.exit("The samples do not follow from openapi.yaml: run `make generate` and commit the result.")


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
