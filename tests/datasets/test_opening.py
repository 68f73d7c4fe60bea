from pathlib import Path

import pytest

from mien.datasets._opening import open_set
from mien.datasets.ckplus48 import CkPlus48
from mien.datasets.folder import Folder
from mien.errors import BadOption, UnknownName


def test_a_name_alone_is_sought_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    assert open_set("jaffe").root == tmp_path / "jaffe"


def test_what_follows_the_name_is_a_folder(tmp_path: Path) -> None:
    dataset = open_set(f"folder:{tmp_path}")
    assert isinstance(dataset, Folder)
    assert dataset.root == tmp_path


def test_or_options_the_folder_among_them(tmp_path: Path) -> None:
    dataset = open_set(f"ckplus48:contempt=false,folder={tmp_path}", side=24)
    assert isinstance(dataset, CkPlus48)
    assert (dataset.contempt, dataset.folder, dataset.side) == (False, str(tmp_path), 24)


def test_a_folder_given_besides_wins() -> None:
    assert open_set("folder:here", folder="there").folder == "there"


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean jaffe"):
        open_set("jafe:here")
    with pytest.raises(UnknownName, match="option of jaffe 'contempt'"):
        open_set("jaffe:contempt=false")


def test_a_folder_and_options_beside_it_are_said_how_to_write() -> None:
    with pytest.raises(BadOption, match="write folder:folder=mine,side=64"):
        open_set("folder:mine,side=64")


def test_an_equal_sign_may_stand_in_a_folders_name(tmp_path: Path) -> None:
    folder = tmp_path / "run=3"
    assert open_set(f"folder:{folder}").root == folder
    with pytest.raises(BadOption, match=r"write folder:folder=.*run=3,side=64\."):
        open_set(f"folder:{folder}, side=64")
