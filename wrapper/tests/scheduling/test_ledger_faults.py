"""Ledgers that really cannot be used: read-only, corrupt, cut off, or made by many at once."""

import contextlib
import os
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luminus_zoom.scheduling import Ledger, LedgerError
from wrapper.tests.scheduling.timetables import timetable

NOBODY = 65534


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody whom the rights of a file bind, which they do not do to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def rows(path: Path) -> int:
    with Ledger.open(path) as ledger:
        return len(ledger.rows())


def record(path: Path) -> int:
    with Ledger.open(path) as ledger:
        return len(ledger.record(timetable(300)).new)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are other ones there")
class TestReadOnly:
    @pytest.fixture
    def path(self) -> Iterator[Path]:
        # Outside of pytest's own folder, which only root could enter.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "term.sqlite3"
            with Ledger.open(path) as ledger:
                ledger.record(timetable(2))
            yield path
            path.parent.chmod(0o700)

    @pytest.mark.parametrize(
        ("use", "file", "folder", "told"),
        [
            (record, 0o444, 0o777, "it or its folder is read-only"),
            (record, 0o444, 0o555, "it or its folder is read-only"),
            (rows, 0o444, 0o555, "it or its folder is read-only"),
            (record, 0o666, 0o555, "it or its folder is read-only"),
            (rows, 0o000, 0o777, "it cannot be opened or made; look at its folder and at the rights there"),
        ],
    )
    def test_what_cannot_be_done_is_told_in_a_line(
        self, path: Path, use: Callable[[Path], int], file: int, folder: int, told: str
    ) -> None:
        path.chmod(file)
        path.parent.chmod(folder)
        with without_rights(), pytest.raises(LedgerError) as caught:
            use(path)
        assert str(caught.value) == f"The ledger {path} cannot be used: {told}."

    def test_one_that_may_only_be_read_is_read(self, path: Path) -> None:
        path.chmod(0o444)
        path.parent.chmod(0o777)
        with without_rights():
            assert rows(path) == 2

    def test_one_cannot_be_made(self, path: Path) -> None:
        path.parent.chmod(0o555)
        new = path.with_name("new.sqlite3")
        with without_rights(), pytest.raises(LedgerError, match="cannot be opened: Permission denied"):
            Ledger.open(new)
        assert not new.exists()

    def test_one_that_becomes_read_only_on_the_way(self, path: Path) -> None:
        with Ledger.open(path) as ledger:
            ledger._database.do(lambda it, _: it.exec_driver_sql("PRAGMA query_only = 1"), writes=False)
            with pytest.raises(LedgerError, match="read-only"):
                ledger.record(timetable(3))


class TestCorrupt:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "term.sqlite3"
        assert record(path) == 300
        return path

    @pytest.mark.parametrize("use", [rows, record])
    def test_pages_that_were_written_over(self, path: Path, use: Callable[[Path], int]) -> None:
        data = bytearray(path.read_bytes())
        # The first page has the schema, by which it is known for a ledger.
        data[4096:] = b"\xff" * (len(data) - 4096)
        path.write_bytes(data)
        with pytest.raises(LedgerError) as caught:
            use(path)
        assert str(caught.value) == f"The ledger {path} cannot be used: it is corrupt; restore it from a copy."

    def test_a_file_that_is_cut_off(self, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:20_000])
        with pytest.raises(LedgerError, match="it is corrupt; restore it from a copy"):
            record(path)

    def test_a_state_that_nobody_knows(self, path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE ledger_meetings SET state = 'lost' WHERE number = 7")
        connection.close()
        with pytest.raises(LedgerError, match="is corrupt: row 7 cannot be read"):
            rows(path)


def test_many_that_make_one_file_at_once(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def make(path: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            record(path)
        except Exception as fault:
            faults.append(fault)

    for number in range(10):
        path, together = tmp_path / f"{number}.sqlite3", threading.Barrier(6)
        threads = [threading.Thread(target=make, args=(path, together)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert rows(path) == 300
