"""The graph on screen: one widget that draws from arrays. Views only: told by setters, tell by signals.

``scene`` is what a step of training leaves alone (places, looks, texts, edges) and ``marks`` what it changes (numbers,
bars, halo, lit edges); both are pure. ``frame`` draws them at the level of detail of the zoom, through ``paint_cards``,
``paint_edges`` and ``paint_far``. ``stage`` is the widget that shows, ``widget`` adds mouse and keyboard, ``pane`` puts
breadcrumb, heat selector, legends and map around it. Imports numpy: to be imported once the window is shown.
"""
