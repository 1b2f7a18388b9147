"""Market memory to a tape and back."""

from apps.market.services.recordings.export import Piece, Span, export_tape, pieces
from apps.market.services.recordings.load import import_tape, opened

__all__ = ["Piece", "Span", "export_tape", "import_tape", "opened", "pieces"]
