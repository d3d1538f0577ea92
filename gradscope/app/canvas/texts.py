"""What cards say, for the views: made where pictures without a window find it too."""

from gradscope.layout.texts import Card, card_of, detail_of, shape_of, shorter_names, title_of

__all__ = ["Card", "card_of", "detail_of", "shape_of", "shorter_names", "title_of"]
