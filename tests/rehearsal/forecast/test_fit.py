"""Known laws are found again, ranges hold what they promise, and poor fits are called poor."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from schema.rehearsal.forecast import Fit, Point, fit
from schema.rehearsal.forecast.least_squares import not_negative
from schema.rehearsal.forecast.student import quantile

SIZES = (15_000, 45_000, 150_000, 1_500_000)

LAWS: dict[str, Callable[[float], float]] = {
    "constant": lambda n: 0.3,
    "linear": lambda n: 0.02 + 4e-6 * n,
    "n log n": lambda n: 0.01 + 2e-7 * n * math.log2(n),
    "quadratic": lambda n: 0.01 + 2e-6 * n + 1e-11 * n * n,
}


def measured(
    law: Callable[[float], float],
    sizes: tuple[int, ...] = SIZES,
    noise: float = 0.0,
    seed: int = 0,
) -> Fit:
    chance = random.Random(seed)
    return fit(Point(n, law(n) * math.exp(chance.gauss(0, noise))) for n in sizes)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_found_again(name: str) -> None:
    found = measured(LAWS[name])
    assert found.law == name
    assert found.poor is None
    assert found.expect(50_000_000) == pytest.approx(LAWS[name](50_000_000), rel=0.02)


@pytest.mark.parametrize("rows", [100_000, 1_500_000, 15_000_000])
@pytest.mark.parametrize("name", LAWS)
def test_nine_of_ten_later_measurements_lie_in_the_range(name: str, rows: int) -> None:
    law, chance = LAWS[name], random.Random(1)
    held = 0
    for seed in range(100):
        low, high = measured(law, noise=0.08, seed=seed).range(rows)
        held += low <= law(rows) * math.exp(chance.gauss(0, 0.08)) <= high
    assert held >= 83  # of 100: where nine of ten are held, so few are found once in fifty times


def test_a_range_is_no_wider_than_it_needs_to_be() -> None:
    low, high = measured(LAWS["linear"], noise=0.03, seed=2).range(3_000_000)
    assert high / low < 2


def test_a_small_time_counts_as_much_as_a_large_one() -> None:
    """In plain least squares the 60 s would drown what the small sizes say of the fixed cost."""
    found = measured(lambda n: 0.05 + 4e-5 * n, noise=0.02, seed=3)
    assert found.coefficients[0] == pytest.approx(0.05, rel=0.9)
    assert found.expect(150) == pytest.approx(0.056, rel=0.9)


def test_no_coefficient_is_negative() -> None:
    found = fit([Point(1000, 1.0), Point(10_000, 0.9), Point(100_000, 0.8), Point(10**6, 0.7)])
    assert min(found.coefficients) >= 0
    assert found.law == "constant"


def test_ranges_grow_beyond_what_was_measured() -> None:
    found = measured(LAWS["linear"], noise=0.03)
    widths = [math.log(high / low) for low, high in map(found.range, (10**6, 10**7, 10**8, 10**9))]
    assert widths == sorted(widths)
    assert widths[-1] > 1.5 * widths[0]


def test_a_cost_too_small_to_see_is_not_excluded_at_a_thousand_times_the_rows() -> None:
    found = fit([Point(n, 0.004) for n in SIZES])
    assert found.law == "constant"
    assert found.expect(1_500_000_000) == pytest.approx(0.004, rel=0.01)
    assert found.range(1_500_000_000)[1] > 1


def test_no_more_than_the_square_of_the_rows_is_feared() -> None:
    found = fit([Point(15_000, 0.015), Point(45_000, 0.003), Point(150_000, 0.011)])
    assert found.range(1_500_000)[1] < 0.1 * 10**2


def test_repetitions_of_a_size_count_once_by_their_median() -> None:
    once = fit([Point(1000, 0.1), Point(10_000, 1.0), Point(100_000, 10.0)])
    thrice = fit(
        [Point(990, 0.1), Point(1000, 0.1), Point(1010, 9.0), Point(10_000, 1.0), Point(10**5, 10)]
    )
    assert len(thrice.sizes) == 3
    assert thrice.expect(10**5) == pytest.approx(once.expect(10**5), rel=0.01)
    assert thrice.scatter > once.scatter, "what scatters that much is not known well"


def test_repetitions_tell_the_scatter_better_than_few_sizes_do() -> None:
    chance = random.Random(5)
    sizes = [Point(n, 1e-5 * n * math.exp(chance.gauss(0, 0.05))) for n in SIZES[:3] * 4]
    once, more = fit(sizes[:3]), fit(sizes)
    assert more.freedom > once.freedom
    assert more.range(1_000_000)[1] < once.range(1_000_000)[1]


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(1000, 1.0)], "one size only"),
        ([(1000, 1.0), (100_000, 90.0)], "two sizes only"),
        ([(0, 1.0)], "held no row"),
        ([(1000, 1.0), (2000, 2.0), (3000, 3.0)], "close together"),
        ([(1000, 1.0), (10_000, 40.0), (100_000, 12.0), (10**6, 900.0)], "scatter"),
        ([(1000, 2.0), (10_000, 0.3), (100_000, 3.0), (10**6, 0.4)], "does not follow the rows"),
        ([(10_000, 0.1), (30_000, 0.3), (100_000, 1.0), (10**6, 25.0)], "outgrown a cache"),
    ],
)
def test_a_poor_fit_says_why(points: list[tuple[int, float]], reason: str) -> None:
    assert reason in (fit(Point(*point) for point in points).poor or "")


def test_what_costs_nothing_may_scatter() -> None:
    assert fit([Point(n, 0.001 * (1 + n % 7)) for n in (1000, 30_003, 100_002, 10**6)]).poor is None


def test_milliseconds_that_come_and_go_follow_nothing_but_those_that_grow_do() -> None:
    idle = fit([Point(15_000, 0.013), Point(45_000, 0.015), Point(150_000, 0.028)])
    assert idle.law == "constant"
    growing = fit([Point(15_000, 0.001), Point(45_000, 0.003), Point(150_000, 0.010)])
    assert growing.expect(15_000_000) == pytest.approx(1.0, rel=0.1)


def test_one_size_is_told_in_proportion_with_all_laws_in_its_range() -> None:
    found = fit([Point(1000, 1.0)])
    low, high = found.range(100_000)
    assert found.expect(100_000) == pytest.approx(100)
    assert low <= 1
    assert high >= 166


def test_a_steep_end_of_few_sizes_keeps_the_square_possible() -> None:
    found = measured(LAWS["quadratic"], SIZES[:3])
    assert found.range(1_500_000)[1] > LAWS["quadratic"](1_500_000)


def test_nothing_measured_is_no_fit() -> None:
    with pytest.raises(ValueError, match="at least one"):
        fit([])


def test_a_formula_reads_as_the_law() -> None:
    assert measured(lambda n: 0.02 + 4e-6 * n).formula == "0.02 + 4e-06·n"
    assert measured(lambda n: 0.3).to_dict()["law"] == "constant"


def test_least_squares_leave_out_what_would_be_negative() -> None:
    rows = [[1.0, n] for n in (1.0, 2.0, 3.0)]
    assert not_negative(rows, [1.0, 2.0, 3.0]) == pytest.approx([0.0, 1.0])
    assert not_negative(rows, [3.0, 2.0, 1.0]) == pytest.approx([2.0, 0.0])
    assert not_negative(rows, [-1.0, -1.0, -1.0]) == [0.0, 0.0]


def test_quantiles_come_down_to_those_of_the_normal_distribution() -> None:
    found = [quantile(freedom) for freedom in range(1, 200)]
    assert found == sorted(found, reverse=True)
    assert quantile(30) == pytest.approx(1.697, abs=0.002)
    assert quantile(120) == pytest.approx(1.658, abs=0.001)
    with pytest.raises(ValueError, match="0 degrees"):
        quantile(0)
