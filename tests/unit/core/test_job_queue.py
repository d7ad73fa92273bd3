"""The queue against a plain model: a list of waiting jobs and at most one that runs."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from studio.core.job import Job, JobId, JobState
from studio.core.job_queue import JobQueue
from tests.unit.core.test_request import REQUEST


def job(name: str, state: JobState = JobState.QUEUED, attempts: int = 0) -> Job:
    return Job(JobId(name), REQUEST, state, attempts)


class QueueAgainstModel(RuleBasedStateMachine):
    """The model: ids in order, the id that runs, and how often each was started."""

    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.queue = JobQueue()
        self.waiting: list[str] = []
        self.running: str | None = None
        self.attempts: dict[str, int] = {}

    @rule(target=jobs)
    def add(self) -> str:
        name = f"job {len(self.attempts)}"
        self.queue.add(job(name))
        self.waiting.append(name)
        self.attempts[name] = 0
        return name

    @rule()
    def start_next(self) -> None:
        started = self.queue.start_next()
        if self.running or not self.waiting:
            assert started is None
            return
        self.running = self.waiting.pop(0)
        self.attempts[self.running] += 1
        assert started == self.queue.running

    @precondition(lambda self: self.running is not None)
    @rule()
    def end_running(self) -> None:
        assert self.running is not None
        assert self.queue.end_running(JobId(self.running)).id == self.running
        self.running = None

    @rule(name=jobs)
    def end_what_does_not_run(self, name: str) -> None:
        if name != self.running:
            with pytest.raises(KeyError):
                self.queue.end_running(JobId(name))

    @rule()
    def put_back_running(self) -> None:
        self.queue.put_back_running()
        if self.running:
            self.waiting.insert(0, self.running)
            self.attempts[self.running] -= 1
            self.running = None

    @rule(name=consumes(jobs))
    def drop(self, name: str) -> None:
        dropped = self.queue.drop(JobId(name))
        assert (dropped is not None) == (name in self.waiting)
        if dropped is not None:
            assert dropped.id == name
            self.waiting.remove(name)

    @rule(name=jobs, position=st.integers(-3, 10))
    def move(self, name: str, position: int) -> None:
        self.queue.move(JobId(name), position)
        if name in self.waiting:
            self.waiting.remove(name)
            self.waiting.insert(min(max(position, 0), len(self.waiting)), name)

    @rule()
    def clear(self) -> None:
        assert [cleared.id for cleared in self.queue.clear()] == self.waiting
        self.waiting.clear()

    @rule()
    def save_and_restore(self) -> None:
        """After a crash all jobs wait, the interrupted one first, with its start counted."""
        self.queue = JobQueue(self.queue.jobs)
        if self.running:
            self.waiting.insert(0, self.running)
            self.running = None

    @invariant()
    def agree(self) -> None:
        assert [waiting.id for waiting in self.queue.waiting] == self.waiting
        assert all(waiting.state is JobState.QUEUED for waiting in self.queue.waiting)
        running = self.queue.running
        assert (running.id if running else None) == self.running
        assert running is None or running.state is JobState.RUNNING
        assert self.queue.jobs == ((running,) if running else ()) + self.queue.waiting
        assert all(known.attempts == self.attempts[known.id] for known in self.queue.jobs)


TestQueueAgainstModel = QueueAgainstModel.TestCase


def test_jobs_run_in_the_order_in_which_they_came() -> None:
    queue = JobQueue()
    for name in "abc":
        queue.add(job(name))

    order: list[str] = []
    while started := queue.start_next():
        order.append(started.id)
        queue.end_running(started.id)

    assert order == ["a", "b", "c"]


def test_a_restored_job_that_was_running_waits_with_its_start_counted() -> None:
    queue = JobQueue([job("a", JobState.RUNNING, attempts=1), job("b")])

    assert queue.running is None
    assert queue.waiting == (job("a", attempts=1), job("b"))
