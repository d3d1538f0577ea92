"""GradScope: a visual debugger for PyTorch training.

Two processes share this package. ``probe`` and ``wire`` live in the training process, under the private name
``_gradscope_agent``; all the rest is the application. Nothing heavy is imported here.
"""

__version__ = "0.1.0"
