"""The window. PySide6 and pyqtgraph live here and nowhere else; torch never does.

``application`` composes, ``window`` arranges docks, ``actions`` is the table from which menus, toolbar and shortcuts
are built, ``controllers`` know session and views, ``canvas`` and ``panels`` are views: they are told by setters, tell
by ``...Requested`` signals, and import neither controllers nor each other nor ``wire``.
"""
