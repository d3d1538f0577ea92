"""The part that lives in the training process: sees module calls, graphs, gradients and phases, and can hold it.

Torch and stdlib only, Python 3.10 syntax, relative imports (it is loaded as ``_gradscope_agent.probe``). It never
raises into the user's code, never prints, never logs, and keeps no tensor alive beyond its stated budget.
"""
