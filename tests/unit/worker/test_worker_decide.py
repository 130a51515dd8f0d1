from __future__ import annotations

import pytest

from shotprint import errors
from shotprint.worker.loop import Drop, Fail, Limits, Release, decide
from shotprint.worker.watch import Reason

LIMITS = Limits(lease_s=30, time_limit_s=90, attempts=3, retry_s=1.0)


@pytest.mark.parametrize(
    "error",
    [errors.MediaUnreadable(), errors.MediaNotFound(), errors.LibraryNotFound(), errors.MediaTooLarge()],
)
@pytest.mark.parametrize("attempt", [1, 3])
def test_what_trying_again_does_not_help_fails_at_once(error: errors.ShotprintError, attempt: int) -> None:
    assert decide(error, attempt=attempt, reason=None, limits=LIMITS) == Fail(error)


@pytest.mark.parametrize(
    "error", [errors.TemporaryError(), RuntimeError("bug"), errors.InternalError(), MemoryError()]
)
def test_other_faults_are_tried_again_after_longer_and_longer_pauses(error: Exception) -> None:
    assert decide(error, attempt=1, reason=None, limits=LIMITS) == Release(1.0, count=True)
    assert decide(error, attempt=2, reason=None, limits=LIMITS) == Release(2.0, count=True)


def test_a_pause_has_a_limit() -> None:
    limits = Limits(lease_s=30, time_limit_s=90, attempts=100)
    verdict = decide(errors.TemporaryError(), attempt=80, reason=None, limits=limits)
    assert verdict == Release(60.0, count=True)


def test_a_temporary_fault_that_stays_fails_with_its_own_message() -> None:
    error = errors.TemporaryError("the bucket cannot be reached")
    assert decide(error, attempt=3, reason=None, limits=LIMITS) == Fail(error)


def test_a_bug_that_stays_fails_as_internal_and_tells_nothing() -> None:
    verdict = decide(KeyError("detail of ours"), attempt=3, reason=None, limits=LIMITS)
    assert isinstance(verdict, Fail)
    assert verdict.error.code == "internal"
    assert "detail" not in verdict.error.message


@pytest.mark.parametrize("attempt", [1, 3])
def test_what_is_not_ready_waits_a_moment_and_no_attempt_is_counted(attempt: int) -> None:
    verdict = decide(errors.NotReady(), attempt=attempt, reason=None, limits=LIMITS)
    assert isinstance(verdict, Release)
    assert not verdict.count
    assert 0 < verdict.delay_s < 1


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_stop_gives_the_task_back_at_once(attempt: int) -> None:
    verdict = decide(errors.Cancelled(), attempt=attempt, reason=Reason.STOP, limits=LIMITS)
    assert verdict == Release(0.0, count=False)


def test_work_that_takes_too_long_fails_and_says_so() -> None:
    verdict = decide(errors.Cancelled(), attempt=1, reason=Reason.TIME, limits=LIMITS)
    assert isinstance(verdict, Fail)
    assert isinstance(verdict.error, errors.MediaTooLong)
    assert "longer than 90 seconds" in verdict.error.message


@pytest.mark.parametrize("error", [errors.Cancelled(), errors.MediaUnreadable(), RuntimeError()])
def test_without_the_lease_nothing_is_done(error: Exception) -> None:
    assert decide(error, attempt=1, reason=Reason.LOST, limits=LIMITS) == Drop()


def test_a_lease_found_lost_when_writing_counts_too() -> None:
    assert decide(errors.LeaseLost(), attempt=1, reason=None, limits=LIMITS) == Drop()


def test_a_fault_while_stopping_is_still_a_fault() -> None:
    verdict = decide(RuntimeError("bug"), attempt=3, reason=Reason.STOP, limits=LIMITS)
    assert isinstance(verdict, Fail)
