# Makes energy.json, which the tests compare with:
#   PYTHONPATH=otava python3 energy.py > energy.json
# otava is a clone of apache/otava at a59a3cf, whose PairDistanceCalculator
# gives the strength of every split; NumPy 1.24 (Debian: python3-numpy).
import json

import numpy as np
from otava.change_point_divisive.calculator import PairDistanceCalculator

random = np.random.default_rng(20240229)


def strongest(v, least):
    """The split whose samples both have that many values."""
    n = len(v)
    strengths = PairDistanceCalculator(np.array(v))._get_Q_vals(0, n - 1)
    best = (0, -np.inf)
    for a in range(least, n - least + 1):
        for end in range(a + least, n + 1):
            if strengths[a - 1, end - 2] > best[1]:
                best = (a, strengths[a - 1, end - 2])
    return {"v": list(v), "least": least, "at": best[0], "strength": float(best[1])}


def draw(*levels, length=12):
    return [round(float(level + random.normal()), 4) for level in levels for _ in range(length)]


halved = [1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49]
twice = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0]

print(json.dumps([
    strongest(v, least)
    for v in (halved, twice, draw(0), draw(0, 3), draw(0, 3, 0), draw(0, 0.5, 0.2, 4), draw(5, length=7))
    for least in (2, 3, 5) if len(v) >= 2 * least
]))
