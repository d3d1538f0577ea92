"""What is wrong with a training, and with the exception that it came to: pure functions to findings, one family a file.

``findings`` says what a finding is, ``registry`` which rules there are, ``report`` keeps what they found over a run.
Rules see the state of a run and nothing else: no process, no file, no clock. A rule that finds nothing says so by None
or an empty list; one that is not sure says ``guess``.
"""
