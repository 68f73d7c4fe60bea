"""The thread behind the video: order, pressure, errors."""

import threading

import pytest

from mien.sinks._worker import Worker


def test_items_are_worked_on_in_order_in_one_other_thread() -> None:
    done: list[tuple[int, int]] = []
    worker = Worker[int](lambda item: done.append((item, threading.get_ident())), 2, "w")
    for item in range(20):
        worker.put(item)
    worker.finish()
    assert [item for item, _ in done] == list(range(20))
    assert {thread for _, thread in done}.isdisjoint({threading.get_ident()})


def test_a_full_queue_makes_the_caller_wait() -> None:
    gate, entered, third = threading.Event(), threading.Event(), threading.Event()

    def work(item: int) -> None:
        entered.set()
        gate.wait(10)

    worker = Worker[int](work, 1, "w")
    worker.put(1)
    assert entered.wait(10)
    worker.put(2)
    caller = threading.Thread(target=lambda: (worker.put(3), third.set()))
    caller.start()
    assert not third.wait(0.05)
    gate.set()
    assert third.wait(10)
    caller.join()
    worker.finish()


def test_an_error_is_raised_in_the_caller_and_nothing_hangs() -> None:
    def work(item: int) -> None:
        raise ValueError(item)

    worker = Worker[int](work, 1, "w")

    def put_many() -> None:
        for item in range(100):
            worker.put(item)

    with pytest.raises(ValueError, match="0"):
        put_many()
    with pytest.raises(ValueError, match="0"):
        worker.finish()
    worker.cancel()


def test_cancelling_drops_what_waits() -> None:
    gate, entered = threading.Event(), threading.Event()
    done: list[int] = []

    def work(item: int) -> None:
        entered.set()
        gate.wait(10)
        done.append(item)

    worker = Worker[int](work, 4, "w")
    for item in range(4):
        worker.put(item)
    assert entered.wait(10)
    canceller = threading.Thread(target=worker.cancel)
    canceller.start()
    while not worker.cancelled:
        pass
    gate.set()
    canceller.join()
    assert done == [0]
