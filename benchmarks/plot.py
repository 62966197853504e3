"""Growth as a picture: size and cost, both in powers of ten, as SVG."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figure import Figure

WIDTH, HEIGHT, MARGIN = 640, 400, 60
_SIZED = re.compile(r"([\d,]+) objects, (.+)")
_COLOURS = {"Penstock": "#1b6ca8", "the other side": "#c8553d"}

Curve = Mapping[float, float]


def panels(figures: Sequence[Figure]) -> dict[str, dict[str, Curve]]:
    """Seconds by number of objects, of both sides, for everything that was measured in at least two
    sizes: figures are named `1,000 objects, CPU`."""
    found: dict[str, list[tuple[float, Figure]]] = {}
    for figure in figures:
        if figure.unit == "s" and (match := _SIZED.match(figure.name)):
            found.setdefault(match[2], []).append((float(match[1].replace(",", "")), figure))
    return {what: _sides(known) for what, known in found.items() if len(known) > 1}


def _sides(known: Sequence[tuple[float, Figure]]) -> dict[str, Curve]:
    return {
        "Penstock": {size: figure.own for size, figure in known},
        "the other side": {size: figure.other for size, figure in known if figure.other},
    }


def svg(title: str, found: Mapping[str, Mapping[str, Curve]]) -> str:
    """The picture: below each other, for each thing two curves."""
    height = HEIGHT * len(found)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number, (what, both) in enumerate(found.items()):
        scale = _Scale([point for curve in both.values() for point in curve.items()])
        lines.append(f'<g transform="translate(0 {number * HEIGHT})">')
        lines += _lines(f"{title}: {what}", both, scale)
        lines.append("</g>")
    return "\n".join([*lines, "</svg>"]) + "\n"


class _Scale:
    """From sizes and costs to places in the picture."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self.points = points
        self._across = _span([size for size, _ in points])
        self._up = _span([cost for _, cost in points])

    def place(self, size: float, cost: float) -> tuple[float, float]:
        """Right and down, in pixels."""
        right = MARGIN + _share(size, self._across) * (WIDTH - 2 * MARGIN)
        return right, HEIGHT - MARGIN - _share(cost, self._up) * (HEIGHT - 2 * MARGIN)


def _span(values: Sequence[float]) -> tuple[float, float]:
    return math.log10(min(values)), math.log10(max(values))


def _share(value: float, span: tuple[float, float]) -> float:
    low, high = span
    return (math.log10(value) - low) / ((high - low) or 1)


def _lines(title: str, both: Mapping[str, Curve], scale: _Scale) -> Iterator[str]:
    yield f'<text x="{MARGIN}" y="30" font-size="15">{title}</text>'
    for number, (name, curve) in enumerate(both.items()):
        colour = _COLOURS[name]
        places = [scale.place(*point) for point in sorted(curve.items())]
        path = " ".join(f"{right:.1f},{down:.1f}" for right, down in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{MARGIN}" y="{50 + 16 * number}" fill="{colour}">{name}</text>'
        for (size, cost), (right, down) in zip(sorted(curve.items()), places, strict=True):
            yield f'<circle cx="{right:.1f}" cy="{down:.1f}" r="3" fill="{colour}"/>'
            label = f"{size:,.0f}: {cost:.3g} s"
            yield f'<text x="{right:.1f}" y="{down + 18:.1f}" text-anchor="middle">{label}</text>'
