"""Numbers, money, shares and dates as a language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_currency_precision

#: From this size on money is shown without its small unit: nobody decides on the cents of a thousand.
WHOLE_MONEY_FROM = 100


def rounded(value: float) -> int | float:
    """Round for reading: one decimal below ten, none above; whole numbers become integers.

    Examples
    --------
    >>> rounded(4.66), rounded(5.04), rounded(41.3), rounded(3.0)
    (4.7, 5, 41, 3)
    """
    shown = round(float(value), 1 if abs(value) < 10 else 0)
    return int(shown) if shown == int(shown) else shown


class NumberWriter:
    """Writes numbers of one language and currency.

    Babel's data (signs, separators, patterns) is looked up once, since a list has hundreds of thousands of cells.

    Parameters
    ----------
    language : str
        Language code known to Babel.
    currency : str
        Three capital letters of ISO 4217.

    Examples
    --------
    >>> NumberWriter("en", "EUR").money(1234.56)
    '€1,235'
    >>> NumberWriter("ru", "RUB").money(-12.5).replace(chr(160), " ")
    '-12,50 ₽'
    """

    def __init__(self, language: str, currency: str) -> None:
        self.locale = Locale.parse(language)
        self.currency = currency
        symbols = self.locale.number_symbols["latn"]
        self._decimal = str(symbols["decimal"])
        self._group = str(symbols["group"])
        self._minus = str(symbols["minusSign"])
        self._money_digits = int(get_currency_precision(currency))
        self._money_prefix, self._money_suffix = self._money_affixes()
        percent = self.locale.percent_formats[None]
        self._percent_suffix = str(percent.suffix[0])

    def _money_affixes(self) -> tuple[str, str]:
        """What stands before and after an amount: the currency's sign with the spaces of the language."""
        pattern = self.locale.currency_formats["standard"]
        sign = str(self.locale.currency_symbols.get(self.currency, self.currency))
        prefix = str(pattern.prefix[0]).replace("¤", sign)
        # a sign made of letters is kept apart from the digits
        return prefix + ("\u00a0" if prefix and prefix[-1].isalpha() else ""), str(pattern.suffix[0]).replace("¤", sign)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with that many decimals and grouped thousands."""
        text = f"{abs(value):,.{digits}f}"
        negative = value < 0 and any(character in "123456789" for character in text)
        whole, _, part = text.partition(".")
        whole = whole.replace(",", self._group)
        return (self._minus if negative else "") + whole + (self._decimal + part if part else "")

    def money(self, value: float, digits: int | None = None) -> str:
        """Write an amount of money.

        Parameters
        ----------
        value : float
            In the configured currency.
        digits : int, optional
            Decimals; by default none from `WHOLE_MONEY_FROM` on, below it those of the currency.
        """
        if digits is None:
            digits = 0 if abs(value) >= WHOLE_MONEY_FROM or value == 0 else self._money_digits
        text = self.number(value, digits)
        minus = self._minus if text.startswith(self._minus) else ""
        return minus + self._money_prefix + text.removeprefix(minus) + self._money_suffix

    def percent(self, value: float, digits: int | None = None) -> str:
        """Write a share (0.07) as a percentage (7 %); one decimal below one per cent unless told otherwise."""
        if digits is None:
            digits = 1 if 0 < abs(value) < 0.01 else 0
        return self.number(value * 100, digits) + self._percent_suffix

    def date(self, value: date, style: str = "medium") -> str:
        """Write a date; the style is Babel's: short, medium, long or full."""
        return str(format_date(value, format=style, locale=self.locale))


def day_of(value: Any, zone: tzinfo = UTC) -> date:
    """Return the calendar day of a date, a datetime, or microseconds since the epoch.

    Parameters
    ----------
    value : date, datetime or int
        An integer is UTC microseconds.
    zone : tzinfo
        Whose calendar: the time zone of the data.

    Raises
    ------
    TypeError
        For any other type.
    """
    if isinstance(value, datetime):
        return value.astimezone(zone).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    if hasattr(value, "__index__"):
        seconds, rest = divmod(int(value), 1_000_000)
        return datetime.fromtimestamp(seconds, zone).replace(microsecond=rest).date()
    raise TypeError(f"a date, a datetime or microseconds are expected, found {type(value).__name__}")
