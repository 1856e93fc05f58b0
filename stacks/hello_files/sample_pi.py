"""Throw points at the unit square and count those inside the quarter circle.

Usage: sample_pi.py SAMPLES SEED. Writes pi.json: {"samples", "pi", "error"}.
"""

import json
import math
import random
import sys
from pathlib import Path


def estimate(samples: int, seed: str) -> float:
    draw = random.Random(seed)
    inside = sum(draw.random() ** 2 + draw.random() ** 2 <= 1.0 for _ in range(samples))
    return 4.0 * inside / samples


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), sys.argv[2]
    pi = estimate(count, seed)
    found = {"samples": count, "pi": pi, "error": abs(pi - math.pi)}
    Path("pi.json").write_text(json.dumps(found) + "\n")
