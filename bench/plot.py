# SPDX-License-Identifier: LGPL-2.1-or-later
"""Line plots as SVG, and nothing else: for docs/performance.md, readable on a light and on a dark page."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 50
COLOURS = ("#1f6feb", "#d1570c", "#2da44e", "#8250df", "#bf3989", "#6e7781")


def ticks(low, high, log):
    """Round values from LOW to HIGH."""
    if log:
        return [10.0 ** n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    step = 10 ** math.floor(math.log10((high - low) or 1))
    step = next((step * m for m in (0.2, 0.5, 1, 2) if (high - low) / (step * m) <= 6), step * 2)
    return [step * n for n in range(math.floor(low / step), math.ceil(high / step) + 1)]


def number(value):
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


class Axis:
    def __init__(self, values, first, last, log):
        low, high = (min(values), max(values)) if log else (min(0, *values), max(values) or 1)
        self.log, self.first, self.last = log, first, last
        self.marks = ticks(low, high, log)
        self.low, self.high = self.marks[0], self.marks[-1]
        if self.low == self.high:
            self.high = self.low * 10 if log else self.low + 1

    def at(self, value):
        if self.log:
            part = (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.first + part * (self.last - self.first)


def svg(title, x_label, y_label, series, log_x=False, log_y=False):
    """SERIES: {name: [(x, y)...]}; a plot as text."""
    points = [p for line in series.values() for p in line if not log_y or p[1] > 0]
    x = Axis([p[0] for p in points], LEFT, WIDTH - RIGHT, log_x)
    y = Axis([p[1] for p in points], HEIGHT - BOTTOM, TOP, log_y)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<title>{escape(title)}</title>', '<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>']
    for mark in x.marks:
        at = x.at(mark)
        out += [f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e1e4e8"/>',
                f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{number(mark)}</text>']
    for mark in y.marks:
        at = y.at(mark)
        out += [f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" stroke="#e1e4e8"/>',
                f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{number(mark)}</text>']
    out += [f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>',
            f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>']
    for at, (name, line) in enumerate(series.items()):
        colour = COLOURS[at % len(COLOURS)]
        places = [(x.at(a), y.at(b)) for a, b in sorted(line) if not log_y or b > 0]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
        row = TOP + 8 + 18 * at
        out += [f'<line x1="{WIDTH - RIGHT + 12}" y1="{row}" x2="{WIDTH - RIGHT + 30}" y2="{row}" stroke="{colour}" stroke-width="2"/>',
                f'<text x="{WIDTH - RIGHT + 36}" y="{row + 4}">{escape(name)}</text>']
    return "\n".join([*out, "</svg>", ""])


def slope(line):
    """The least-squares slope and value at 0 of [(x, y)...]."""
    n = len(line)
    mean_x, mean_y = sum(p[0] for p in line) / n, sum(p[1] for p in line) / n
    spread = sum((p[0] - mean_x) ** 2 for p in line)
    by = sum((p[0] - mean_x) * (p[1] - mean_y) for p in line) / spread if spread else 0
    return by, mean_y - by * mean_x
