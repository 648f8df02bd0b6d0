"""The example of docs/scale.md: Celery calls `schedule` for one row."""

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from luminus_zoom.scheduling import Ledger, State
from luminus_zoom.scheduling.rows import Pause
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling.timetables import timetable

celery = pytest.importorskip("celery", reason="Celery is not installed: the group engines has it")
DOCUMENT = Path(__file__).parents[3] / "docs" / "scale.md"


@pytest.fixture
def tasks(location: str, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the example defines."""
    monkeypatch.setenv("MEETINGS_LEDGER", location)
    monkeypatch.setenv("MEETINGS_BROKER", "memory://")
    monkeypatch.setenv("LUMINUS_BASE_URL", mock.base_url)
    monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", mock.subscription_key)
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    code = next(block for block in blocks if "celery" in block)
    # Celery shares tasks of one name.
    defined: dict[str, Any] = {"__name__": f"tasks_{uuid.uuid4().hex}"}
    exec(code, defined)  # noqa: S102
    return defined


def test_each_row_is_created_once_however_often_its_task_is_delivered(
    tasks: dict[str, Any], ledger: Ledger, mock: MockServer
) -> None:
    import celery.signals
    from celery.contrib.testing.worker import start_worker

    ended = threading.Semaphore(0)

    def count(**_: Any) -> None:
        ended.release()

    celery.signals.task_postrun.connect(count)
    ledger.record(timetable(4))
    for _ in range(2):
        for row in ledger.rows(State.PLANNED):
            tasks["create"].delay(row.number)
    with start_worker(tasks["app"], perform_ping_check=False, pool="threads", concurrency=2):
        for _ in range(8):
            ended.acquire()
    assert ledger.counts()[State.CREATED] == len(mock.meetings) == len(mock.requests) == 4


def test_a_task_is_tried_again_when_a_pause_is_over(tasks: dict[str, Any], ledger: Ledger, mock: MockServer) -> None:
    ledger.record(timetable(1))
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    ledger._write(lambda records: records.set_pause(Pause(until, "limit")))
    task = tasks["create"]
    asked: list[Any] = []
    task.retry = lambda **options: asked.append(options) or RuntimeError("again")
    with pytest.raises(RuntimeError, match="again"):
        task(1)
    assert [it["eta"] for it in asked] == [until]
    assert mock.requests == []
