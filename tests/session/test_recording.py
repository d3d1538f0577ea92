"""A recording gives the run back: whole, iteration by iteration, while it is written and after a crash."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from gradscope.graph.state import ProcessExited, RunState, reduce
from gradscope.session import library, schema
from gradscope.session.errors import RecordingError
from gradscope.session.recording import Recording
from gradscope.session.recording_writer import Output, RecordingWriter
from gradscope.wire import messages as m
from tests.samples import ended_iteration, spiral_graph, spiral_messages, statistics_table


def run_messages(iterations=5):
    """Whole iterations with passes, then one held in backward."""
    opening, rest = spiral_messages(0)[:4], spiral_messages(iterations)[4 + iterations :]
    middle = []
    for number in range(iterations):
        middle += [
            m.PhaseEntered(number, "forward", 0.5 * number),
            m.PassStarted(number, 0, "backward", "spiral", "light", "loss", 0.7),
            m.GradientsMeasured(number, 0, statistics_table({3: number + 0.5, 8: 2.0})),
            m.PassEnded(number, 0, 0.01),
            ended_iteration(number),
        ]
    middle.insert(1, m.Progress(0, 1, 10, 1, 20))
    return [*opening, *middle, *rest]


def written(path, messages):
    writer = RecordingWriter(path, {"command": ["train.py"]})
    for message in messages:
        writer.put(message)
    writer.close()
    assert writer.failure == ""
    return Recording.open(path)


def live(messages):
    state = RunState()
    for message in messages:
        state = reduce(state, message)
    return state


def shown(state):
    """What of a state a person could tell apart."""
    newest = state.current_pass
    return {
        "life": state.life,
        "iteration": state.iteration,
        "phase": state.phase,
        "pause": state.pause,
        "progress": state.progress,
        "parameters": state.parameters,
        "hello": state.hello,
        "command": state.command,
        "exit": (state.exit_code, state.explanation),
        "graph": (state.graph.fingerprint, state.graph.strings, len(state.graph)) if state.graph else None,
        "gradients": [newest.gradients.row(node) for node in range(13)] if newest else None,
        "values": state.graph_values.row(10) if state.graph_values else None,
        "losses": [(record.iteration, record.loss) for record in state.history],
        "norms": [record.parameters["grad_norm"].tolist() for record in state.history],
        "variables": state.variables,
        "lost": state.lost_features,
    }


def test_messages_give_the_live_state_again(tmp_path):
    messages = [*run_messages(), ProcessExited(-9, "killed")]
    recording = written(tmp_path / "a.gscope", messages)
    again = list(recording.messages())
    assert [type(message) for message in again] == [type(message) for message in messages]
    assert shown(live(again)) == shown(live(messages))


def test_the_end_is_the_live_state(tmp_path):
    messages = run_messages()
    assert shown(written(tmp_path / "a.gscope", messages).state_at()) == shown(live(messages))
    ended = [*messages, ProcessExited(3, "exit")]
    assert shown(written(tmp_path / "b.gscope", ended).state_at()) == shown(live(ended))


def test_any_iteration_is_what_it_was(tmp_path):
    messages = run_messages()
    recording = written(tmp_path / "a.gscope", messages)
    assert recording.iterations == [0, 1, 2, 3, 4, 5]
    for number in (3, 0, 4):
        ended = next(i for i, message in enumerate(messages) if message == ended_iteration(number))
        assert shown(recording.state_at(number)) == shown(live(messages[: ended + 1]))
    assert shown(recording.state_at(5)) == shown(live(messages))


def test_before_a_pass_the_last_one_stays_on_show(tmp_path):
    messages = [*run_messages()[:-6], m.Paused("forward", 5, "forward")]
    messages = [message for message in messages if not isinstance(message, m.PassStarted) or message.iteration < 5]
    assert shown(written(tmp_path / "a.gscope", messages).state_at()) == shown(live(messages))


def test_the_next_iteration_may_begin_before_the_last_one_is_told_to_have_ended(tmp_path):
    messages = run_messages()
    for number in range(5):
        ended = messages.index(ended_iteration(number))
        messages[ended:ended] = [m.PhaseEntered(number + 1, "data", 1.0), m.Progress(number + 1, 1, 2, number + 2, 9)]
    recording = written(tmp_path / "a.gscope", messages)
    assert shown(recording.state_at()) == shown(live(messages))
    for number in range(5):
        state = recording.state_at(number)
        assert (state.iteration, state.current_pass.iteration, len(state.history)) == (number, number, number + 1)
    with schema.reading(recording.path) as database:
        assert database.execute("SELECT count(*) FROM block").fetchone()[0] <= 7


def test_an_iteration_that_is_not_kept(tmp_path):
    with pytest.raises(RecordingError, match="Iteration 99 is not kept"):
        written(tmp_path / "a.gscope", run_messages()).state_at(99)


def test_a_recording_without_any_iteration(tmp_path):
    state = written(tmp_path / "a.gscope", [*spiral_messages(0)[:1], ProcessExited(1, "no torch")]).state_at()
    assert (state.life, state.exit_code, state.explanation) == ("ended", 1, "no torch")


def test_a_graph_is_kept_once(tmp_path):
    messages = run_messages(2)
    recording = written(tmp_path / "a.gscope", [*messages, spiral_graph(), spiral_graph("other")])
    with schema.reading(recording.path) as database:
        assert database.execute("SELECT count(*) FROM graph").fetchone() == (2,)


def test_of_pictures_under_way_only_the_newest_is_kept(tmp_path):
    pictures = [replace(spiral_graph(f"p{number}"), partial=True) for number in range(5)]
    recording = written(tmp_path / "a.gscope", [*spiral_messages(0)[:3], *pictures])
    kept = [message.fingerprint for message in recording.messages() if isinstance(message, m.GraphCaptured)]
    assert kept == ["p4"]
    assert recording.state_at().graph.fingerprint == "p4"


def test_it_is_one_file_in_the_end(tmp_path):
    written(tmp_path / "a.gscope", run_messages())
    assert [path.name for path in tmp_path.iterdir()] == ["a.gscope"]


def test_it_reads_while_it_is_written(tmp_path):
    path = tmp_path / "a.gscope"
    writer = RecordingWriter(path, {"command": ["train.py"]})
    messages = run_messages(30)
    reader = Recording.open(path)
    for count, message in enumerate(messages):
        writer.put(message)
        if count % 20 == 0:
            seen = reader.iterations
            assert seen == list(range(len(seen)))
            if seen:
                assert len(reader.state_at(seen[-1]).history) <= seen[-1] + 1
    writer.close()
    assert shown(reader.state_at()) == shown(live(messages))
    assert [path.name for path in tmp_path.iterdir()] == ["a.gscope"]


def test_without_a_write_ahead_log_it_still_records(tmp_path, monkeypatch):
    def refused(database):
        database.execute("PRAGMA journal_mode = TRUNCATE")
        return False

    monkeypatch.setattr(schema, "use_write_ahead_log", refused)
    messages = run_messages()
    recording = written(tmp_path / "a.gscope", messages)
    assert shown(recording.state_at()) == shown(live(messages))


def test_console_output_is_kept_in_order(tmp_path):
    messages = [
        Output("stdout", 2, "a\n"),
        Output("stdout", 4, "b\n"),
        Output("stderr", 3, "!\n"),
        Output("stdout", 5, "c"),
    ]
    recording = written(tmp_path / "a.gscope", messages)
    assert recording.console() == "a\nb\n!\nc"
    (tmp_path / "a.gscope.stdout").write_text("a\nb\nc and more")
    assert recording.console() == "a\nb\n!\nc and more"


def test_meta_says_what_ran(tmp_path):
    assert written(tmp_path / "a.gscope", run_messages(1)).meta["command"] == ["train.py"]


def test_an_impossible_place_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="cannot be written"):
        RecordingWriter(tmp_path / "no" / "folder" / "a.gscope", {})


def test_a_full_disk_stops_the_recording_and_says_so(tmp_path):
    path = tmp_path / "a.gscope"
    writer = RecordingWriter(path, {})
    writer._database.execute("PRAGMA max_page_count = 20")
    for message in run_messages(2000):
        writer.put(message)
    writer.close()
    assert "full" in writer.failure
    assert not writer.is_behind
    assert Recording.open(path).iterations is not None


def foreign_text(path):
    path.write_text("my thesis")


def foreign_database(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE meta (bookmarks)")
    database.close()


def nothing(path):
    path.write_bytes(b"")


def newer(path):
    written(path, run_messages(1))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign_text, "not a GradScope recording"),
        (foreign_database, "not a GradScope recording"),
        (nothing, "not a GradScope recording"),
        (newer, "format 99"),
        (lambda path: None, "cannot be read"),
    ],
)
def test_what_is_not_a_recording_is_refused_and_left_alone(tmp_path, make, words):
    path = tmp_path / "x.gscope"
    make(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(RecordingError, match=words):
        Recording.open(path)
    assert (path.read_bytes() if path.exists() else None) == before


@pytest.mark.parametrize("position", [0.02, 0.3, 0.6, 0.9])
def test_a_damaged_recording_gives_an_error_and_is_not_written_to(tmp_path, position):
    path = tmp_path / "a.gscope"
    written(path, run_messages(200))
    data = bytearray(path.read_bytes())
    start = max(100, int(len(data) * position))
    data[start : start + 8192] = b"\xa5" * min(8192, len(data) - start)
    path.write_bytes(data)

    def read_all():
        recording = Recording.open(path)
        list(recording.messages())
        for number in recording.iterations:
            recording.state_at(number)

    with pytest.raises(RecordingError, match="damaged"):
        read_all()
    assert path.read_bytes() == data


def test_a_truncated_recording_gives_an_error(tmp_path):
    path = tmp_path / "a.gscope"
    written(path, run_messages(200))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(RecordingError, match="damaged"):
        list(Recording.open(path).messages())


def test_the_oldest_unpinned_recordings_make_room(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    paths = []
    for number in range(4):
        path = library.place_for(f"s{number}")
        written(path, run_messages(3))
        paths.append(path)
    (library.runs_folder() / "notes.txt").write_text("mine")
    library.set_pinned(paths[0], True)
    size = paths[0].stat().st_size
    assert library.make_room(limit=2 * size + size // 2, keep=paths[3]) == paths[1:3]
    assert paths[0].exists()
    assert paths[3].exists()
    assert (library.runs_folder() / "notes.txt").exists()
    assert library.make_room(limit=0, keep=paths[3]) == []
    library.set_pinned(paths[0], False)
    assert library.make_room(limit=0, keep=paths[3]) == [paths[0]]


def test_what_stands_beside_a_recording_takes_room_too(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = library.place_for("talkative")
    written(path, run_messages(3))
    path.with_name(path.name + ".stdout").write_bytes(b"x" * 100_000)
    assert library.make_room(limit=50_000) == [path]
    assert list(path.parent.iterdir()) == []


def test_a_recording_in_use_is_not_deleted(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = library.place_for("busy")
    writer = RecordingWriter(path, {})
    for message in run_messages(3):
        writer.put(message)
    assert library.make_room(limit=0) == []
    writer.close()
    assert library.make_room(limit=0) == [path]


def test_names_come_from_script_and_time(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = library.place_for("my net")
    assert first.parent == tmp_path / "gradscope" / "runs"
    assert first.name.startswith("my_net-")
    assert library.untaken(first) == first
    first.touch()
    assert library.untaken(first).name == f"{first.stem}-2.gscope"
