"""Everything a person can do, as one table. Menus, toolbar, context menus, palette and shortcut sheet are made from it.

A new action is one row here and one method of a controller. ``handler`` names that method: ``"run.step_into"`` is
``step_into`` of the controller registered as ``run``. ``enabled`` looks at a few facts, never at widgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Menu = Literal["File", "Edit", "View", "Run", "Graph", "Tools", "Help"]
MENUS: tuple[Menu, ...] = ("File", "Edit", "View", "Run", "Graph", "Tools", "Help")


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether an action makes sense now."""

    life: str = "idle"
    can_restart: bool = False
    has_run: bool = False  # a live run or a recording is open
    has_graph: bool = False
    has_node: bool = False  # a node is selected
    has_halo: bool = False  # training is held at a node
    has_source: bool = False  # the selected node knows its line
    past: bool = False  # an earlier iteration is shown
    has_call: bool = False  # there is a call around what is selected, or a call is selected
    at_call: bool = False  # a call is selected instead of a node
    has_outer: bool = False  # and one around it that is drawn as a box
    repeated: bool = False  # the call is one of several built alike that follow each other
    levels: int = 0  # of calls inside calls
    narrowed: bool = False  # only a part of the graph is shown
    can_go_back: bool = False
    can_go_forward: bool = False
    can_step_back: bool = False  # inside this backward
    looks_back: bool = False  # a node that has run is shown
    can_undo: bool = False  # something was changed in this pause
    has_leaf: bool = False  # the selected node is a leaf

    @property
    def live(self) -> bool:
        """A training process is there."""
        return self.life in ("connecting", "running", "pausing", "paused", "lost")

    @property
    def paused(self) -> bool:
        """It waits for an order."""
        return self.life == "paused"


@dataclass(frozen=True, slots=True)
class Action:
    """One row. ``keys`` are portable shortcut texts, the first one is shown; a ``group`` is a section of its menu.

    ``inner`` names the menu inside its menu where it stands; ``argument`` is given to the handler.
    """

    id: str
    text: str
    icon: str
    keys: tuple[str, ...]
    menu: Menu
    group: int
    tip: str
    enabled: Callable[[Facts], bool]
    handler: str
    toolbar: bool = False
    context: bool = False
    checkable: bool = False
    inner: str = ""
    argument: int | None = None


def _always(_: Facts) -> bool:
    return True


def _paused(facts: Facts) -> bool:
    return facts.paused


def _going(facts: Facts) -> bool:
    return facts.life in ("running", "paused")


def _run(facts: Facts) -> bool:
    return facts.has_run


def _graph(facts: Facts) -> bool:
    return facts.has_graph


def _node(facts: Facts) -> bool:
    return facts.has_graph and facts.has_node and not facts.at_call


def _node_or_call(facts: Facts) -> bool:
    return facts.has_graph and (facts.has_node or facts.at_call)


def _call(facts: Facts) -> bool:
    return facts.has_call


def _levels(facts: Facts) -> bool:
    return facts.levels > 0


def _depth(depth: int) -> Action:
    return Action(f"graph.depth_{depth}", f"Open to depth {depth}", "depth", (f"Alt+{depth}",), "Graph", 2,
                  f"Show the outermost {depth} levels of module calls as boxes" if depth > 1
                  else "Show the outermost module calls as boxes",
                  lambda facts: facts.levels >= depth, "fold.to_depth", inner="Fold", argument=depth)  # fmt: skip


# Every place that takes the keyboard, with its key, in the order in which it goes around.
PANELS: tuple[tuple[str, str, str], ...] = (
    ("outline", "Outline", "Ctrl+2"),
    ("training", "Training", "Ctrl+Alt+1"),
    ("graph", "Graph", "Ctrl+1"),
    ("lesson", "Lesson", "Ctrl+Alt+2"),
    ("inspector", "Inspector", "Ctrl+3"),
    ("learned", "Learned", "Ctrl+Alt+3"),
    ("timeline", "Timeline", "Ctrl+5"),
    ("curves", "Curves", "Ctrl+Alt+6"),
    ("problems", "Problems", "Ctrl+6"),
    ("breakpoints", "Breakpoints", "Ctrl+7"),
    ("variables", "Variables", "Ctrl+8"),
    ("changes", "Changes", "Ctrl+Alt+4"),
    ("update", "Update", "Ctrl+Alt+5"),
    ("console", "Console", "Ctrl+9"),
    ("source", "Source", "Ctrl+4"),
)


def _go(place: int) -> Action:
    name, title, key = PANELS[place]
    return Action(f"view.go_{name}", title, "layout", (key,), "View", 3, f"Put the keyboard into the panel {title}",
                  _run, "panels.go", inner="Go to", argument=place)  # fmt: skip


ACTIONS: tuple[Action, ...] = (
    Action("file.new", "New training…", "new", ("Ctrl+N",), "File", 0,
           "Choose data, model, loss and optimizer; a plain script is written and started", _always, "studio.new"),
    Action("file.open", "Open…", "open", ("Ctrl+O",), "File", 0,
           "Open a training script or a recording", _always, "shell.open"),
    Action("file.run", "Run a command…", "script", ("Ctrl+R",), "File", 0,
           "Start a training command, such as train.py --lr 0.1 or -m package.train", _always, "shell.run_command"),
    Action("file.demo", "Open the lesson “two spirals”", "lesson", (), "File", 1,
           "A small network learns to part two spirals; held before its first forward", _always, "shell.open_spiral"),
    Action("file.line", "Open the lesson “a line in ten lines”", "lesson", (), "File", 1,
           "y = w*x + b by hand, without a module; held before its first forward", _always, "shell.open_line"),
    Action("file.export", "Export…", "export", ("Ctrl+Shift+E", "Ctrl+Alt+E"), "File", 2,
           "Save the graph as a picture (SVG, PNG, PDF) or as data (GraphML, DOT)", _graph, "export.export"),
    Action("file.onnx", "Export the model to ONNX…", "export", (), "File", 2,
           "Write the model with the shapes of this iteration's inputs, and check the file against PyTorch",
           lambda f: f.paused and f.has_graph and not f.past, "onnx.export"),
    Action("file.close", "Close the run", "close", ("Ctrl+W",), "File", 3,
           "Close the run or recording and go back to the welcome page", _run, "shell.close_run"),
    Action("file.quit", "Quit", "quit", ("Ctrl+Q",), "File", 3,
           "Close GradScope", _always, "shell.quit"),
    Action("edit.find", "Find…", "find", ("Ctrl+F",), "Edit", 0,
           "Find nodes by name, module, operation, shape, dtype or gradient", _graph, "find.open"),
    Action("edit.find_next", "Find next", "next", ("F3",), "Edit", 0,
           "Go to the next hit", _graph, "find.next"),
    Action("edit.find_previous", "Find previous", "previous", ("Shift+F3",), "Edit", 0,
           "Go to the hit before", _graph, "find.previous"),
    Action("edit.filter", "Filter the outline", "filter", ("Ctrl+Shift+O",), "Edit", 0,
           "List only some nodes in the outline", _run, "shell.filter_outline"),
    Action("edit.undo", "Undo the change", "undo", ("Ctrl+Z",), "Edit", 1,
           "Take back the newest change of this pause, bit for bit", lambda f: f.can_undo, "changes.undo"),
    Action("edit.change", "Change this…", "change", ("Ctrl+E",), "Edit", 1,
           "Change the selected leaf, its gradient, or what is about to flow into the paused node",
           lambda f: f.paused and _node(f) and not f.past, "changes.show", context=True),
    Action("node.check", "Check this node's gradient", "check", ("Ctrl+Alt+K",), "Run", 3,
           "Compare its backward with finite differences, on copies; training is not touched",
           lambda f: f.paused and _node(f) and not f.past and not f.has_leaf, "check.check", context=True),
    Action("run.keep_tensors", "Keep this iteration's tensors", "save", (), "Run", 3,
           "Write all values and gradients that there are of this iteration into the recording, and at its end what"
           " came behind; a stop at NaN or Inf, or at an exception, does so by itself",
           lambda f: f.paused and f.has_graph and not f.past, "kept.keep"),
    Action("run.preview", "What the update does", "preview", ("Ctrl+U",), "Run", 3,
           "Before an update what it would do to each parameter, behind it what it did", _run, "update.show"),
    Action("edit.freeze", "Freeze or unfreeze the leaf", "freeze", ("Ctrl+Alt+F",), "Edit", 1,
           "Let the selected parameter take no gradient from the next forward on, or take it again",
           lambda f: f.paused and f.has_leaf and not f.past, "changes.toggle_frozen", context=True),
    Action("edit.copy_name", "Copy the name", "copy", ("Ctrl+Shift+C",), "Edit", 1,
           "Copy the name of the selected node or module", _node_or_call, "selection.copy_name", context=True),
    Action("edit.copy_picture", "Copy picture", "copy", ("Ctrl+Alt+C",), "Edit", 1,
           "Copy what the canvas shows, as pixels and as SVG", _graph, "export.copy_picture"),
    Action("view.fit", "Fit the graph", "fit", ("Ctrl+0",), "View", 0,
           "Zoom so that the whole graph is seen", _graph, "graph.fit", context=True),
    Action("view.actual_size", "Actual size", "actual-size", ("Shift+Backspace",), "View", 0,
           "One pixel for one pixel (0 on the graph)", _graph, "graph.actual_size"),
    Action("view.fit_selection", "Fit the selection", "fit-selection", ("Ctrl+Shift+0",), "View", 0,
           "Zoom to the selected node or module", _node_or_call, "graph.fit_selection", context=True),
    Action("view.zoom_in", "Zoom in", "zoom-in", ("Ctrl++", "Ctrl+=", "Shift+Up"), "View", 0,
           "Bring the graph nearer", _graph, "graph.zoom_in"),
    Action("view.zoom_out", "Zoom out", "zoom-out", ("Ctrl+-", "Shift+Down"), "View", 0,
           "See more of the graph", _graph, "graph.zoom_out"),
    Action("view.flow_right", "Flow from left to right", "direction", ("Ctrl+K",), "View", 1,
           "Draw the forward from left to right instead of downwards", _always, "graph.turn", checkable=True),
    Action("view.map", "Map of the graph", "map", ("Ctrl+M",), "View", 1,
           "Show the whole graph small in a corner; it folds into a button where it would lie over cards", _graph,
           "graph.toggle_map", checkable=True),
    Action("view.heat_next", "Next colours", "theme", ("Ctrl+H",), "View", 1,
           "Colour by the next figure: role, gradient, activation, memory, change", _graph, "heat.next_mode"),
    Action("view.heat_previous", "Previous colours", "theme", ("Ctrl+Shift+H",), "View", 1,
           "Colour by the figure before", _graph, "heat.previous_mode"),
    Action("view.heat_range", "Range of the colours", "theme", ("Ctrl+Shift+M",), "View", 1,
           "Put the keyboard on the scale: arrows move its ends, Home fits it, Esc leaves it", _graph,
           "heat.take_range"),
    Action("view.edges_size", "Edges as wide as their tensors", "edges", ("Ctrl+Alt+W",), "View", 1,
           "Draw an edge the wider, the more elements flow along it", _always, "heat.edges_by_size", checkable=True),
    Action("view.edges_gradient", "Edges by their gradient", "edges", ("Ctrl+Alt+R",), "View", 1,
           "Draw an edge the wider and brighter, the larger the gradient that flows along it", _always,
           "heat.edges_by_gradient", checkable=True),
    Action("view.compare_pin", "Compare with this iteration", "pin", ("Ctrl+Alt+P",), "View", 1,
           "Colour by how gradients change against the iteration that is shown now", _graph, "heat.pin"),
    Action("view.compare_before", "Compare with the iteration before", "pin", ("Ctrl+Alt+O",), "View", 1,
           "Colour by how gradients change from one iteration to the next", _graph, "heat.unpin"),
    Action("view.theme_system", "Theme: as the system", "theme", (), "View", 1,
           "Follow the desktop's light or dark setting", _always, "shell.theme_system", checkable=True),
    Action("view.theme_light", "Theme: light", "theme", (), "View", 1,
           "Always light", _always, "shell.theme_light", checkable=True),
    Action("view.theme_dark", "Theme: dark", "theme", (), "View", 1,
           "Always dark", _always, "shell.theme_dark", checkable=True),
    Action("view.animations", "Animate steps", "animation", ("Ctrl+Alt+A",), "View", 2,
           "Show the gradient travelling and boxes moving", _always, "shell.toggle_animations", checkable=True),
    Action("view.follow", "Follow the paused node", "follow", ("Ctrl+Shift+F",), "View", 2,
           "Select the node where training is paused and keep it in sight", _run, "selection.toggle_follow",
           checkable=True),
    *map(_go, range(len(PANELS))),
    Action("view.next_panel", "Next panel", "next", ("F2",), "View", 3,
           "Put the keyboard into the next panel that is seen", _run, "panels.next", inner="Go to"),
    Action("view.previous_panel", "Previous panel", "previous", ("Shift+F2",), "View", 3,
           "Put the keyboard into the panel before", _run, "panels.previous", inner="Go to"),
    Action("view.reset_layout", "Reset layout", "layout", (), "View", 3,
           "Put all panels back to where they were at first", _always, "shell.reset_layout"),
    Action("run.continue", "Continue", "continue", ("F5",), "Run", 0,
           "Run freely (F6 pauses)", _paused, "run.resume", toolbar=True),
    Action("run.pause", "Pause", "pause", ("F6",), "Run", 0,
           "Stop at the next pause point", lambda f: f.life == "running", "run.pause", toolbar=True),
    Action("run.phase", "Next phase", "step-phase", ("F10",), "Run", 1,
           "Run to the next phase: forward, loss, backward, update, end", _paused, "run.step_phase", toolbar=True),
    Action("run.into", "Step into", "step-into", ("F11",), "Run", 1,
           "Run one operation, one node of backward, or one parameter's update", _paused, "run.step_into",
           toolbar=True),
    Action("run.out", "Step out", "step-out", ("Shift+F11",), "Run", 1,
           "Run to the end of this phase", _paused, "run.step_out", toolbar=True),
    Action("run.iteration", "Next iteration", "step-iteration", ("Ctrl+F11",), "Run", 1,
           "Run to the end of this iteration", _paused, "run.step_iteration", toolbar=True),
    Action("run.node", "Run to node", "run-to-node", ("Ctrl+F10",), "Run", 1,
           "Run until the selected node of backward is about to run",
           lambda f: f.paused and _node(f) and not f.past, "run.run_to_node", toolbar=True, context=True),
    Action("run.back", "Step back", "step-back", ("Ctrl+Left",), "Run", 1,
           "Show the node before, from what this backward already brought; the process stays where it is",
           lambda f: f.can_step_back, "moment.back"),
    Action("run.ahead", "Step ahead again", "step-ahead", ("Ctrl+Right",), "Run", 1,
           "Show the next node, up to the one where the process stands", lambda f: f.looks_back, "moment.ahead"),
    Action("run.iterations", "Run n iterations…", "step-iteration", ("Ctrl+Shift+F11",), "Run", 1,
           "Run freely to the end of so many iterations", _going, "goals.iterations", inner="Run until"),
    Action("run.until_loss", "Until the loss is…", "run-to-node", (), "Run", 1,
           "Run freely until the loss is below or above a number", _going, "goals.until_loss", inner="Run until"),
    Action("run.epoch", "To the end of the epoch", "step-iteration", ("Alt+F11",), "Run", 1,
           "Run freely to the end of the epoch", _going, "goals.epoch", inner="Run until"),
    Action("run.stop", "Stop", "stop", ("Shift+F5",), "Run", 2,
           "End the training process", lambda f: f.live, "run.stop", toolbar=True),
    Action("run.restart", "Restart", "restart", ("Ctrl+Shift+F5",), "Run", 2,
           "End the training process and start it again", lambda f: f.can_restart, "run.restart", toolbar=True),
    Action("run.again", "Run again in detail", "restart", ("Ctrl+Alt+F5",), "Run", 2,
           "Start the script again, free until the iteration before the one that is shown, then in detail, and stop"
           " there. A script that does not seed its random numbers may take another course",
           lambda f: f.can_restart and f.has_graph, "goals.again_in_detail"),
    Action("run.breakpoint", "Toggle breakpoint", "breakpoint", ("F9",), "Run", 3,
           "Stop when the selected node is about to run, or the selected module is called", _node_or_call,
           "breakpoints.toggle", context=True),
    Action("run.break_operation", "Breakpoint on this operation", "breakpoint", ("Shift+F9",), "Run", 3,
           "Stop at every node of the selected one's operation", _node, "breakpoints.toggle_operation", context=True),
    Action("run.break_function", "Breakpoint on this function", "breakpoint", ("Ctrl+Alt+F9",), "Run", 3,
           "Stop in the forward whenever the function that made the selected node is about to be called; every"
           " iteration is then captured in detail", _node, "breakpoints.toggle_function", context=True),
    Action("run.break_nonfinite", "Breakpoint on any NaN or Inf", "breakpoint", ("Ctrl+F9",), "Run", 3,
           "Stop at the first gradient, or loss, that is NaN or Inf", lambda f: f.live,
           "breakpoints.toggle_nonfinite"),
    Action("run.breakpoints", "Show the breakpoints", "breakpoint", ("Ctrl+Shift+F9",), "Run", 3,
           "All breakpoints, to edit, switch off or remove", _always, "breakpoints.show"),
    Action("run.hold_uncaught", "Hold uncaught exceptions", "breakpoint", (), "Run", 4,
           "Stop where an exception is raised that nothing in the script will catch", _always,
           "capturing.toggle_uncaught", checkable=True),
    Action("run.hold_raised", "Hold raised exceptions", "breakpoint", (), "Run", 4,
           "Stop where any exception is raised, also one that the script catches", _always,
           "capturing.toggle_raised", checkable=True),
    Action("run.level_light", "Light", "recording", (), "Run", 4,
           "While running freely measure gradients and losses only; costs nearly nothing", _run, "capturing.light",
           checkable=True, inner="Capture level"),
    Action("run.level_detail", "Detail", "recording", (), "Run", 4,
           "While running freely capture everything of every iteration: values, lines, cuts; slower", _run,
           "capturing.detail", checkable=True, inner="Capture level"),
    Action("graph.halo", "Show the paused node", "execution-point", ("Alt+Home",), "Graph", 0,
           "Select the node that is about to run", lambda f: f.has_halo, "selection.select_halo"),
    Action("graph.source", "Go to the node's source line", "source", ("Ctrl+L",), "Graph", 0,
           "Show the line that made the selected node", lambda f: f.has_source and not f.at_call,
           "source.go_to_node", context=True),
    Action("graph.why", "Why has this no gradient?", "path", ("Ctrl+Shift+W",), "Graph", 0,
           "Show where the gradient of the selected node is lost, with the line and what to do", _node,
           "selection.show_why", context=True),
    Action("graph.now", "Back to now", "now", ("Alt+End",), "Graph", 0,
           "Show the iteration in which training stands", lambda f: f.past, "recording.show_now"),
    Action("graph.back", "Back", "back", ("Alt+Left",), "Graph", 1,
           "To the place in the graph that was visited before", lambda f: f.can_go_back, "places.back"),
    Action("graph.forward", "Forward", "forward", ("Alt+Right",), "Graph", 1,
           "To the place that was left by going back", lambda f: f.can_go_forward, "places.forward"),
    Action("graph.ancestors", "Focus on what flows into it", "ancestors", ("Ctrl+Shift+Up",), "Graph", 2,
           "Show only the selection and what it is made from", _node_or_call, "focus.ancestors", context=True,
           inner="Focus"),
    Action("graph.descendants", "Focus on what it flows into", "descendants", ("Ctrl+Shift+Down",), "Graph", 2,
           "Show only the selection and what is made from it", _node_or_call, "focus.descendants", context=True,
           inner="Focus"),
    Action("graph.path", "Focus on the path to the root", "path", ("Ctrl+Shift+G",), "Graph", 2,
           "Show only the shortest way that the gradient takes from the root to the selected node", _node,
           "focus.path", context=True, inner="Focus"),
    Action("graph.leave", "Leave the focus", "leave", ("Alt+Up",), "Graph", 2,
           "Show again what was shown before (Esc on the graph)", lambda f: f.narrowed, "focus.leave", context=True,
           inner="Focus"),
    Action("graph.toggle", "Open or close the module", "unfold", ("Ctrl+Return",), "Graph", 2,
           "Open the selected module call, or the one around the selected node, or close it", _call, "fold.toggle",
           context=True),
    Action("graph.select_module", "Select the module around", "module", ("Ctrl+Up", "Backspace"), "Graph", 2,
           "Select the module call around the selection", lambda f: f.has_outer, "fold.select_module", context=True),
    Action("graph.open_level", "Open one level", "unfold", ("Alt+Shift+Right",), "Graph", 2,
           "Open the next level of module calls, in the selected one or everywhere", _levels, "fold.open_level",
           inner="Fold"),
    Action("graph.close_level", "Close one level", "fold", ("Alt+Shift+Left",), "Graph", 2,
           "Close the innermost level of module calls, in the selected one or everywhere", _levels,
           "fold.close_level", inner="Fold"),
    Action("graph.open_below", "Open everything below", "unfold", ("Ctrl+Shift+Return",), "Graph", 2,
           "Open the module call and all calls inside it", _call, "fold.open_below", context=True, inner="Fold"),
    Action("graph.close_below", "Close everything below", "fold", ("Ctrl+Shift+Backspace",), "Graph", 2,
           "Close the module call and all calls inside it", _call, "fold.close_below", context=True, inner="Fold"),
    Action("graph.open_alike", "Open all of the same type", "unfold", ("Ctrl+Alt+Return",), "Graph", 2,
           "Open every call of this type of module, such as all Linear", _call, "fold.open_alike", context=True,
           inner="Fold"),
    Action("graph.close_alike", "Close all of the same type", "fold", ("Ctrl+Alt+Backspace",), "Graph", 2,
           "Close every call of this type of module, such as all Linear", _call, "fold.close_alike", context=True,
           inner="Fold"),
    Action("graph.gather", "Show equal siblings as one card", "fold", ("Ctrl+Alt+G",), "Graph", 2,
           "Draw the module calls beside this one that are built like it as one card with their number",
           lambda f: f.repeated, "fold.gather", context=True, inner="Fold"),
    *map(_depth, (1, 2, 3, 4)),
    Action("graph.close_all", "Close all modules", "fold", ("Alt+0",), "Graph", 2,
           "Show every module call as one card", _levels, "fold.close_all", inner="Fold"),
    Action("graph.open_all", "Open all modules", "unfold", ("Ctrl+Shift+Right",), "Graph", 2,
           "Show every node", _levels, "fold.open_all", context=True, inner="Fold"),
    Action("graph.fold", "Fold to fit", "fold", ("Ctrl+Shift+Left",), "Graph", 2,
           "Open as many module calls as can be read on the canvas", _levels, "graph.fold_to_fit", context=True,
           inner="Fold"),
    Action("graph.inputs", "Show inputs", "inputs", ("Ctrl+Alt+I",), "Graph", 3,
           "Show tensors that feed the graph and take no gradient", _graph, "fold.toggle_inputs", checkable=True),
    Action("graph.untracked", "Show untracked operations", "inputs", ("Ctrl+Alt+U",), "Graph", 3,
           "Show operations whose results carry no gradient", _graph, "fold.toggle_untracked", checkable=True),
    Action("graph.leaves", "Show leaves", "leaves", ("Ctrl+Alt+V",), "Graph", 3,
           "Show parameters and other tensors whose gradients are kept", _graph, "fold.toggle_leaves",
           checkable=True),
    Action("graph.bookkeeping", "Show bookkeeping nodes as cards", "chips", ("Ctrl+Alt+B",), "Graph", 3,
           "Draw transpose, view and expand as cards instead of chips", _graph, "fold.toggle_bookkeeping",
           checkable=True),
    Action("tools.palette", "Command palette…", "palette", ("Ctrl+Shift+P",), "Tools", 0,
           "Find any action by its name", _always, "shell.show_palette"),
    Action("tools.log", "Open the log folder", "log", (), "Tools", 1,
           "Where GradScope writes what went wrong", _always, "shell.open_log_folder"),
    Action("tools.recordings", "Open the recordings folder", "recording", (), "Tools", 1,
           "Where runs are recorded", _always, "shell.open_recordings_folder"),
    Action("help.keys", "Keyboard shortcuts", "keys", ("F1", "?"), "Help", 0,
           "All keys on one sheet", _always, "shell.show_keys"),
    Action("help.about", "About GradScope", "about", (), "Help", 1,
           "Version and licences", _always, "shell.show_about"),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def in_menu(menu: Menu) -> tuple[Action, ...]:
    """The rows of a menu, in the order of its groups."""
    return tuple(sorted((row for row in ACTIONS if row.menu == menu), key=lambda row: row.group))
