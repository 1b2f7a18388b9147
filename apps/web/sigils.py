"""The emblem and colour of a clone, drawn from its public id alone: the same id always looks the same."""

from hashlib import sha256

HUES = (
    "#cdff3f", "#6fc7ff", "#ff8ad4", "#ffb938", "#7cf2c4", "#b79bff",
    "#ff8f5e", "#f2f07a", "#5ee6f0", "#ff7f8e", "#9fd86b", "#d8c3a5",
)  # fmt: skip
GRID = 5


def hue(public_id: str) -> str:
    """One of twelve colours that stay apart on the dark ground."""
    return HUES[sha256(public_id.encode()).digest()[-1] % len(HUES)]


def hues(public_ids: list[str]) -> dict[str, str]:
    """A colour for each id, without repeats while there are fewer ids than colours."""
    taken: dict[str, str] = {}
    for public_id in sorted(public_ids):
        first = HUES.index(hue(public_id))
        order = [HUES[(first + step) % len(HUES)] for step in range(len(HUES))]
        free = [colour for colour in order if colour not in taken.values()]
        taken[public_id] = (free or order)[0]
    return taken


def path(public_id: str) -> str:
    """The emblem as the `d` of one SVG path on a 38 x 38 square: a mirrored grid of five by five cells."""
    digest = sha256(public_id.encode()).digest()
    cells = []
    for row in range(GRID):
        for column in range(3):
            byte = digest[row * 3 + column]
            if byte < 118 and not (row == 2 and column == 2):
                continue
            radius = byte % 3 == 0
            cells += [_cell(column, row, radius)] + ([_cell(4 - column, row, radius)] if column < 2 else [])
    return "".join(cells)


def _cell(column: int, row: int, is_round: bool) -> str:
    x, y = 7 + column * 5, 7 + row * 5
    if is_round:
        return f"M{x} {y + 2}a2 2 0 1 1 4 0a2 2 0 1 1-4 0z"
    return f"M{x} {y}h5v5h-5z"
