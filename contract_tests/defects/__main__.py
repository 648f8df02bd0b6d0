"""`python -m contract_tests.defects [NAME …]`: list the defects, or serve a mock that has some until interrupted."""

import sys
import threading

from contract_tests.defects import CATALOGUE, app_with
from luminus_zoom_mock import MockServer

if len(sys.argv) == 1:
    width = max(map(len, CATALOGUE))
    print("\n".join(f"{it.name:{width}}  {it.kind}: {it.says}" for it in CATALOGUE.values()))
else:
    try:
        app = app_with(*sys.argv[1:])
    except LookupError as error:
        sys.exit(f"{error.args[0]}")
    with MockServer(app) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()
