"""Contrast, and how far apart colours are for eyes that see them differently."""

import math
import re

# Machado, Oliveira and Fernandes 2009, full strength, on linear light.
EYES = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def themes(style):
    """The colours of the style sheet's two themes, by name."""
    light = re.search(r":root \{(.*?)\}", style, re.S).group(1)
    dark = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', style, re.S).group(1)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))
        for name, text in (("light", light), ("dark", dark))
    }


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour):
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The contrast of two colours, from 1 to 21, as WCAG defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(one, other, part):
    """What is seen where `one` is drawn over `other` with this part of its strength."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def lab(light):
    matrix = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    white = (0.95047, 1.0, 1.08883)
    xyz = [
        sum(row[at] * light[at] for at in range(3)) / white[line] for line, row in enumerate(matrix)
    ]
    f = [part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def apart(one, other, eye):
    """How far apart two colours are for an eye, as the distance in CIE L*a*b*."""
    seen = []
    for colour in (one, other):
        light = linear(colour)
        seen.append(
            lab([min(1, max(0, sum(row[at] * light[at] for at in range(3)))) for row in EYES[eye]])
        )
    return math.dist(*seen)
