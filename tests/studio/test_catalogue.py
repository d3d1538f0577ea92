"""The form offers what fits, and changing one thing changes what no longer fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.studio.catalogue import DATA, changed, fields_for
from gradscope.studio.plan import Plan, PlanError
from gradscope.studio.tables import Table, look_at

from .plans import user_tables

if TYPE_CHECKING:
    from pathlib import Path


def offered(plan: Plan, name: str) -> list[str]:
    field = next(field for field in fields_for(plan, ("cpu", "cuda:0")) if field.name == name)
    return [choice.id for choice in field.choices]


def test_losses_follow_the_target_and_models_the_data() -> None:
    sine = changed(Plan(), "data", "sine")
    assert offered(sine, "loss") == ["mse", "l1"]
    assert offered(changed(Plan(), "data", "moons"), "loss") == ["cross_entropy", "nll", "bce"]
    assert offered(changed(Plan(), "data", "shapes"), "loss") == ["cross_entropy", "nll"]
    assert offered(changed(Plan(), "data", "text"), "model") == ["lstm", "gru", "transformer", "own"]
    assert offered(Plan(), "device") == ["cpu", "cuda:0"]


def test_a_plan_always_holds_what_its_form_offers() -> None:
    for start in DATA:
        for data in DATA:
            plan = changed(changed(Plan(), "data", start), "data", data)
            for field in fields_for(plan):
                value = getattr(plan, field.name)
                if field.kind == "choice":
                    assert value in [choice.id for choice in field.choices], (start, data, field.name)
                elif field.kind in ("number", "count"):
                    assert field.low <= value <= field.high, (start, data, field.name)


def test_only_what_the_model_has_is_asked() -> None:
    names = {field.name for field in fields_for(changed(Plan(), "data", "text"))}
    assert not names & {"activation", "dropout", "file", "factory"}
    assert "factory" in {field.name for field in fields_for(changed(Plan(), "model", "own"))}


def test_another_optimizer_brings_its_usual_rate() -> None:
    assert changed(Plan(), "optimizer", "sgd").lr == 0.1


def test_a_users_table_decides_what_is_predicted(tmp_path: Path) -> None:
    tables = user_tables(tmp_path)
    assert look_at(tables["quantity.csv"]) == Table(60, 3, 0, header=False)
    assert look_at(tables["two.csv"]) == Table(60, 3, 2, header=True)
    assert look_at(tables["three.npy"]) == Table(60, 3, 3, header=False)
    plan = changed(changed(Plan(), "data", "file"), "file", tables["two.csv"])
    assert offered(plan, "loss") == ["cross_entropy", "nll", "bce"]
    assert plan.loss == "cross_entropy"


BAD = {
    "words.csv": ("a,b\n1,2\n3,four\n5,6\n7,8\n", "line 3, column 2 says “four”"),
    "ragged.csv": ("1,2,3\n4,5\n6,7,8\n9,1,2\n", "line 2 has 2 values, and those before it have 3"),
    "hole.csv": ("a,b\n1,2\n\n3,\n5,6\n7,8\n", "line 4 has nothing in column 2"),
    "german.csv": ("a;b\n1;2\n3;4\n5;6\n7;8\n", "between “;” .line 2.. Save it with commas"),
    "narrow.csv": ("1\n2\n3\n4\n5\n", "one column"),
    "names.csv": ("a,b\n", "no rows"),
    "photo.csv": ("\udcff\udcfe\udc80", "cannot be read as text"),
    "short.csv": ("1,2\n3,4\n", "2 rows"),
    "gap.csv": ("1,2\n3,nan\n5,6\n7,8\n", "line 2, column 2"),
    "gone.csv": (None, "no file"),
    "empty.csv": ("", "is empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, name: str) -> None:
    text, said = BAD[name]
    if text is not None:
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(PlanError, match=said) as told:
        look_at(str(tmp_path / name))
    assert name in str(told.value)
    assert "\n" not in str(told.value)


def test_an_array_of_another_rank_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.zeros((5, 5, 5)))
    with pytest.raises(PlanError, match="5 x 5 x 5"):
        look_at(str(tmp_path / "cube.npy"))
    (tmp_path / "fake.npy").write_bytes(b"not an array")
    with pytest.raises(PlanError, match="not a table"):
        look_at(str(tmp_path / "fake.npy"))
