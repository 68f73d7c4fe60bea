import shutil
from collections.abc import Iterator

import pytest

from mien.web.visits import Visits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visits(clock: Clock) -> Iterator[Visits]:
    visits = Visits(grace=30, idle=1800, clock=clock)
    yield visits
    visits.close()


class Job:
    working = True
    cancelled = waited = False

    def cancel(self) -> None:
        self.cancelled = True

    def wait(self) -> None:
        self.waited = True


def test_a_visit_is_found_by_its_id_alone(visits: Visits) -> None:
    first, second = visits.open(), visits.open()
    assert first.id != second.id
    assert visits.find(first.id) is first
    assert visits.find("another") is None
    assert visits.find(None) is None


def test_a_page_that_left_is_waited_for(visits: Visits, clock: Clock) -> None:
    visit = visits.open()
    with visit.held(page=True):
        clock.now = 5000.0
        assert visits.ended() == []
    clock.now += 29
    assert visits.ended() == []
    with visit.held(page=True):  # a reload
        clock.now += 100
    clock.now += 29
    assert visits.ended() == []
    clock.now += 1
    assert visits.ended() == [visit]
    assert visits.find(visit.id) is None


def test_a_client_without_a_page_is_kept_while_it_asks(visits: Visits, clock: Clock) -> None:
    visit = visits.open()
    clock.now = 1799
    assert visits.find(visit.id) is visit
    clock.now = 1799 + 1799
    assert visits.ended() == []
    clock.now = 1799 + 1800
    assert visits.ended() == [visit]


def test_work_keeps_a_client_without_a_page_but_not_a_page_that_left(visits: Visits, clock: Clock) -> None:
    client, page = visits.open(), visits.open()
    client.videos["a"] = page.videos["b"] = Job()
    with page.held(page=True):
        pass
    clock.now = 4000
    assert visits.ended() == [page]


def test_what_a_visit_brought_goes_with_it(visits: Visits) -> None:
    visit = visits.open()
    job = visit.videos["a"] = Job()
    first, second = visit.new_folder(), visit.new_folder()
    (first / "upload").write_bytes(b"x")
    assert first != second
    assert visits.folder in first.parents
    visit.remove()
    assert not first.exists()
    assert job.cancelled
    assert job.waited


def test_folders_are_private(visits: Visits) -> None:
    folder = visits.open().new_folder()
    for path in (folder, folder.parent, visits.folder):
        assert path.stat().st_mode & 0o077 in (0, 0o077)  # 0o077 where the system knows no such modes


def test_closing_leaves_nothing(visits: Visits) -> None:
    folder = visits.open().new_folder()
    visits.close()
    assert not folder.exists()
    assert not visits.folder.exists()
    assert len(visits) == 0


def test_folders_that_were_cleared_away_are_made_again(visits: Visits) -> None:
    visit = visits.open()
    for gone in (visit.new_folder().parent, visits.folder):
        shutil.rmtree(gone)
        folder = visit.new_folder()
        assert folder.is_dir()
        assert visits.folder in folder.parents


def test_visits_may_come_while_others_end(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    first = visits.open()

    def over(*_limits: float) -> bool:
        visits.open()
        return True

    monkeypatch.setattr(first, "over", over)
    assert visits.ended() == [first]
