"""Forecasts: what each step cost on samples and on the whole, and so what production can expect."""

from schema.rehearsal.forecast.expectation import Expectation, Expected, ExpectedBlock
from schema.rehearsal.forecast.fit import Fit, Point, fit
from schema.rehearsal.forecast.measure import make_forecast
from schema.rehearsal.forecast.model import Barrier, Forecast, Part, StepForecast
from schema.rehearsal.forecast.production import Production, parse_production
from schema.rehearsal.forecast.runs import Run, forecast_of
from schema.rehearsal.forecast.words import NOTICEABLE

__all__ = [
    "NOTICEABLE",
    "Barrier",
    "Expectation",
    "Expected",
    "ExpectedBlock",
    "Fit",
    "Forecast",
    "Part",
    "Point",
    "Production",
    "Run",
    "StepForecast",
    "fit",
    "forecast_of",
    "make_forecast",
    "parse_production",
]
