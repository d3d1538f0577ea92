"""The training panel and the device box: what is started, with which arguments, on which device."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gradscope.app import dialogs, launching

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec


class TrainingFeature(Feature):
    """What takes effect at a restart only starts the command again."""

    name = "training"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._devices: tuple[str, ...] = ()
        self._told: tuple[object, ...] = ()
        run, panel = desk.run, desk.window.training
        panel.stepRequested.connect(run.run_phase)
        panel.runRequested.connect(self._go)
        panel.pauseRequested.connect(run.pause)
        panel.stopRequested.connect(run.stop)
        panel.restartRequested.connect(self._restart)
        desk.window.device.deviceRequested.connect(self._choose_device)

    def launched(self, spec: LaunchSpec) -> None:
        self._told = ()
        self._show(spec)

    def _show(self, spec: LaunchSpec) -> None:
        topic = launching.lesson_of(spec)
        device = launching.device_of(spec) or "cpu"
        devices = self._devices or (device,)
        self.desk.window.training.set_launch(
            topic or shlex.join(spec.command), list(launching.lessons()), device, devices, **launching.form_of(spec)
        )
        self.desk.window.device.set_devices(device, devices)

    def set_live(self, state: RunState) -> None:
        """What the training's Python has, and where the parameters really are."""
        spec, told = self.desk.run.spec, (state.hello, state.parameters)
        if state.hello is None or spec is None or told == self._told:
            return
        self._told = told
        if state.hello.devices != self._devices:
            self._devices = state.hello.devices
            self._show(spec)
        used = {parameter.device for parameter in state.parameters}
        if len(used) == 1:
            self.desk.window.device.set_devices(used.pop(), self._devices)

    def _go(self) -> None:
        if self.desk.run.live:
            self.desk.run.resume()
        else:
            self.desk.run.restart()

    def _restart(self, fields: dict[str, str]) -> None:
        if self.desk.run.spec is None:
            return
        spec = launching.with_fields(self.desk.run.spec, fields)
        if spec is None:
            dialogs.show_error(self.desk.window, "This is not a command.", fields.get("command", ""))
        else:
            self.desk.run.restart_with(spec)

    def _choose_device(self, device: str) -> None:
        spec = self.desk.run.spec
        if spec is not None and device != (launching.device_of(spec) or "cpu"):
            self.desk.run.restart_with(launching.with_device(spec, device))
