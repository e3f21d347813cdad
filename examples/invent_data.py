"""Generate the synthetic data of the shipped specs `houses-csv`, `waves-npz` and `houses-photos`, and of `faults`.

Usage: `python examples/invent_data.py FOLDER`. The files in `pipelines/data` and `examples/faults` were written by this
script.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image

DISTRICTS = {"centre": 140, "harbour": 90, "hills": 110, "north": 30}
HEATING = {"gas": 0, "district heat": 8, "heat pump": 25}


def houses(path: Path, generator: np.random.Generator, count: int = 400) -> None:
    """Write houses whose price is a formula of their features plus noise with standard deviation 15."""
    area = generator.uniform(40, 220, count).round(1)
    rooms = np.clip((area / 28 + generator.normal(0, 0.8, count)).round(), 1, 9).astype(int)
    year = generator.integers(1900, 2024, count)
    district = generator.choice(list(DISTRICTS), count, p=[0.3, 0.2, 0.2, 0.3])
    heating = generator.choice(list(HEATING), count)
    fixed = np.array([DISTRICTS[d] + HEATING[h] for d, h in zip(district, heating, strict=True)])
    price = fixed + 2.1 * area * np.where(district == "centre", 1.3, 1) + 6 * rooms - 0.4 * (2024 - year)
    price = (price + generator.normal(0, 15, count)).round(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "rooms", "year", "district", "heating", "price"])
        writer.writerows(zip(area, rooms, year, district, heating, price, strict=True))


def waves(path: Path, generator: np.random.Generator, count: int = 600) -> None:
    """Write sine (0), square (1) and sawtooth (2) waves.

    They have three to five periods, a random phase, and noise with standard deviation 0.35.
    """
    label = generator.integers(0, 3, count).astype(np.int8)
    periods = generator.uniform(3, 5, count)[:, None]
    position = (np.arange(32) / 32 * periods + generator.uniform(0, 1, count)[:, None]) % 1
    square, sawtooth = np.where(position < 0.5, 1.0, -1.0), 2 * position - 1
    wave = np.choose(label[:, None], [np.sin(2 * np.pi * position), square, sawtooth])
    noisy = wave + generator.normal(0, 0.35, wave.shape)
    np.savez(path, x=noisy[..., None].astype(np.float16).astype(np.float32), y=label)


def photos(path: Path, generator: np.random.Generator, count: int = 240) -> None:
    """Write houses with a picture of each: the picture decides the kind, and both decide the price.

    A picture has a wall with as many rows of windows as the house has floors, and a garden. The kind is `flats` from
    three floors, else `villa` with a wide garden, else `house`. The noise of the price has the standard deviation 10.
    """
    area = generator.uniform(40, 220, count).round(1)
    district = generator.choice(list(DISTRICTS), count)
    floors, garden = generator.integers(1, 5, count), generator.integers(0, 9, count)
    kind = np.where(floors >= 3, "flats", np.where(garden >= 5, "villa", "house"))
    fixed = np.array([DISTRICTS[name] for name in district])
    price = (fixed + 2.1 * area + 12 * garden - 15 * floors + generator.normal(0, 10, count)).round(1)
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["photo", "area", "district", "kind", "price"])
        for number in range(count):
            name = f"{number:03}.png"
            Image.fromarray(picture(floors[number], garden[number], generator)).save(folder / name, optimize=True)
            row = (area[number], district[number], kind[number], price[number])
            writer.writerow([f"{folder.name}/{name}", *row])


def deviation_of_38(path: Path, generator: np.random.Generator, count: int = 200) -> None:
    """Write numbers to predict, with standard deviation 38, from three columns."""
    x = generator.uniform(-10, 10, (count, 3)).round(2)
    y = x[:, 0] * x[:, 1] + 3 * x[:, 2] + generator.normal(0, 1, count)
    y = (100 + 38 * y / y.std()).round(2)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "third", "output"])
        writer.writerows([*row, output] for row, output in zip(x, y, strict=True))


def fourth_power(path: Path) -> None:
    """Write the numbers from 1 to 100 and their fourth powers."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "power"])
        writer.writerows([number, number**4] for number in range(1, 101))


def picture(floors: int, garden: int, generator: np.random.Generator) -> np.ndarray:
    """Return pixels (24, 24, 3) of a house in front of the sky, to the left of its garden."""
    pixels = np.full((24, 24, 3), (150, 190, 230), np.uint8)
    pixels[20:] = (120, 120, 120)
    pixels[20:, 24 - 2 * garden :] = (60, 150, 60)
    left, top = generator.integers(0, 24 - 2 * garden - 7 + 1) if garden < 8 else 0, 20 - 5 * floors
    right = min(left + 8, 24 - 2 * garden) if garden else left + 8
    pixels[top:20, left:right] = generator.integers(150, 220, 3)
    for row in range(floors):
        pixels[top + 5 * row + 1 : top + 5 * row + 3, left + 1 : right - 1 : 3] = (40, 40, 80)
    return pixels


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    source = np.random.default_rng(0)
    houses(folder / "houses.csv", source)
    waves(folder / "waves.npz", source)
    photos(folder / "houses-photos.csv", source)
    deviation_of_38(folder / "exploding-loss.csv", source)
    fourth_power(folder / "fourth-power.csv")
