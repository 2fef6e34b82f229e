"""The judge notices whatever is wrong with a store, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.harness.loss import journal
from tests.harness.loss.journal import SECOND, Line
from tests.harness.loss.judge import judge

LOG = """\
acknowledged run-0-0 1000000000 2000000000 ""
repeated run-1-0 1500000000 2500000000 "commit: \\u003cgone\\u003e"
acknowledged run-0-1 3000000000 3500000000 ""
acknowledged run-1-0 1500000000 9000000000 ""
failed run-0-2 4000000000 10000000000 "begin: too late"
ackn"""


def _log(tmp_path: Path) -> list[Line]:
    log = tmp_path / "run.log"
    log.write_text(LOG)
    return journal.read(log)


def test_all_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    verdict = judge(_log(tmp_path), ["run-0-0", "run-1-0", "run-0-1"])

    assert verdict.clean
    assert str(verdict) == "3 acknowledged: all there, each once, and nothing else"


def test_a_lost_one_is_noticed(tmp_path: Path) -> None:
    verdict = judge(_log(tmp_path), ["run-0-0", "run-1-0"])

    assert verdict.lost == ("run-0-1",) and not verdict.clean
    assert str(verdict) == "3 acknowledged: 1 lost, such as run-0-1"


def test_an_empty_store_has_lost_everything(tmp_path: Path) -> None:
    assert len(judge(_log(tmp_path), []).lost) == 3


def test_one_that_is_there_twice_is_noticed(tmp_path: Path) -> None:
    verdict = judge(_log(tmp_path), ["run-0-0", "run-1-0", "run-0-1", "run-1-0"])

    assert verdict.twice == ("run-1-0",) and not verdict.clean


def test_one_that_nobody_sent_is_noticed(tmp_path: Path) -> None:
    verdict = judge(_log(tmp_path), ["run-0-0", "run-1-0", "run-0-1", "run-0-9"])

    assert verdict.foreign == ("run-0-9",) and not verdict.clean


def test_one_that_was_given_up_may_be_there_or_not(tmp_path: Path) -> None:
    verdict = judge(_log(tmp_path), ["run-0-0", "run-1-0", "run-0-1", "run-0-2"])

    assert verdict.clean and verdict.unacknowledged == 1


def test_a_line_that_is_being_written_is_no_line_yet(tmp_path: Path) -> None:
    lines = _log(tmp_path)

    assert len(lines) == 5
    assert lines[1].why == "commit: <gone>"
    assert journal.acknowledged(lines) == {"run-0-0", "run-1-0", "run-0-1"}


def test_figures_of_a_while(tmp_path: Path) -> None:
    found = journal.figures(_log(tmp_path), SECOND, 11 * SECOND)

    assert (found.acknowledged, found.repeated, found.failed, found.rate) == (3, 1, 1, 0.3)
    assert found.longest_stall == 5.5
    assert found.p99 == 7.5
    assert found.why == ("begin: too late", "commit: <gone>")


def test_a_stall_lasts_until_the_end_if_nothing_comes(tmp_path: Path) -> None:
    assert journal.figures(_log(tmp_path), SECOND, 30 * SECOND).longest_stall == 21
    assert journal.figures([], 0, 3 * SECOND).longest_stall == 3
