"""Starts or awaits training processes, owns their sockets, output and recording. No Qt, no torch.

The one door that window and command line share: give it a command, get states; give it an order, it reaches the probe.
"""
