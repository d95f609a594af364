"""Messages with numbers filled in: the only way by which text reaches people."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fluent.runtime import FluentBundle
from fluent.runtime.types import FluentNumber, fluent_number
from numpy.typing import NDArray

from winback.errors import WinbackError
from winback.texts.catalogue import LANGUAGES, load_catalogue
from winback.texts.columns import Likeness, write_part
from winback.texts.numbers import NumberWriter, day_of, rounded

#: Messages remembered with their arguments; lists repeat themselves a lot.
REMEMBERED = 100_000


class TextError(WinbackError):
    """A text was asked for that does not exist, or without the numbers that it needs."""


class Texts:
    """The texts of one language, with amounts in one currency.

    Inside messages these functions write numbers: ``NUM($x)`` (rounded for reading, also selects plural forms),
    ``MONEY($x)``, ``PERCENT($x)`` (of a share), ``POINTS($x)`` (a difference of shares, in percentage points),
    ``DATE($x)`` (of a date or UTC microseconds) and ``COUNT($n, "days")`` (a number with its noun: the message
    ``count-days``).

    Parameters
    ----------
    language : {"en", "ru"}
        Language of the messages.
    currency : str
        ISO 4217 code, such as ``EUR``.
    zone : tzinfo
        Time zone of the calendar in which instants are shown.

    Raises
    ------
    TextError
        When there is no such language.

    Examples
    --------
    >>> Texts("en", "EUR").format("count-days", n=1)
    '1 day'
    >>> Texts("ru", "RUB").format("count-days", n=22)
    '22 дня'
    """

    def __init__(self, language: str, currency: str = "EUR", zone: tzinfo = UTC) -> None:
        if language not in LANGUAGES:
            raise TextError(f"there are no texts in language {language!r}", expected=" or ".join(LANGUAGES))
        self.language = language
        self.currency = currency
        self.zone = zone
        self.numbers = NumberWriter(language, currency)
        self._catalogue = load_catalogue(language)
        self._variables = self._catalogue.variables
        self._alike = Likeness(
            {
                "NUM": rounded,
                "MONEY": self.money,
                "PERCENT": self.percent,
                "POINTS": lambda value: rounded(value * 100),
                "DATE": lambda value: day_of(value, zone),
            }
        )
        self._bundle = FluentBundle([language], functions=self._functions(), use_isolating=False)
        for resource in self._catalogue.resources:
            self._bundle.add_resource(resource)
        self._known: dict[Any, str] = {}

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all messages."""
        return frozenset(self._variables)

    def has(self, message_id: str) -> bool:
        """Whether there is a message of that id."""
        return message_id in self._variables

    def variables(self, message_id: str) -> frozenset[str]:
        """Names of the arguments that a message needs.

        Raises
        ------
        TextError
            When there is no such message.
        """
        if message_id not in self._variables:
            near = difflib.get_close_matches(message_id, self._variables, n=1)
            raise TextError(
                f"there is no text {message_id!r} in language {self.language!r}",
                next_step=f"did you mean {near[0]!r}?" if near else "",
            )
        return self._variables[message_id]

    def format(self, message_id: str, /, **arguments: Any) -> str:
        """Return a message with its arguments filled in.

        Parameters
        ----------
        message_id : str
            Id in the Fluent files.
        **arguments
            Numbers, dates (or UTC microseconds) and texts; more than the message needs may be given.

        Raises
        ------
        TextError
            For an unknown id, for arguments that are missing, and where the message cannot be written with them.

        Examples
        --------
        >>> Texts("en").format("reason-unknown-evidence-silent", gap=12, silence=41)
        'usually orders every 12 days, silent for 41'
        """
        if missing := self.variables(message_id) - arguments.keys():
            raise TextError(f"text {message_id!r} needs {', '.join(sorted(missing))}, which was not given")
        key = (message_id, *((name, arguments[name]) for name in sorted(self._variables[message_id])))
        if (known := self._known.get(key)) is not None:
            return known
        return self._remember(key, self._write(message_id, arguments, message_id))

    def column(self, message_id: str, /, **arguments: NDArray[Any]) -> pa.StringArray:
        """Return a message for many rows: what `format` gives for each, but every piece of it is written only once.

        Parameters
        ----------
        message_id : str
            Id in the Fluent files.
        **arguments
            One element per row for each argument that the message needs; more may be given.

        Returns
        -------
        pyarrow.StringArray
            Texts, as many as there are rows.

        Raises
        ------
        TextError
            As `format`.

        Examples
        --------
        >>> import numpy as np
        >>> Texts("en").column("count-days", n=np.array([1.02, 2.0, 1.04])).to_pylist()
        ['1 day', '2 days', '1 day']
        """
        if missing := self.variables(message_id) - arguments.keys():
            raise TextError(f"text {message_id!r} needs {', '.join(sorted(missing))}, which was not given")
        rows = max((len(values) for values in arguments.values()), default=0)
        parts = [
            piece.text or write_part(piece, arguments, self._alike, partial(self._write_piece, message_id))
            for piece in self._catalogue.pieces[message_id]
        ]
        if all(isinstance(part, str) for part in parts):
            return pa.repeat("".join(map(str, parts)), rows)
        return pc.binary_join_element_wise(*parts, "")

    def _write_piece(self, owner: str, message_id: str, arguments: Mapping[str, Any]) -> str:
        key = (message_id, *sorted(arguments.items()))
        if (known := self._known.get(key)) is None:
            known = self._remember(key, self._write(message_id, arguments, owner))
        return known

    def _remember(self, key: Any, text: str) -> str:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[key] = text
        return text

    def _write(self, message_id: str, arguments: Mapping[str, Any], owner: str) -> str:
        errors: list[Exception]
        pattern = self._bundle.get_message(message_id).value
        text, errors = self._bundle.format_pattern(pattern, {name: _plain(arguments[name]) for name in arguments})
        if errors:
            fault = errors[0]
            raise TextError(f"text {owner!r} cannot be written with {dict(arguments)!r}: {fault}") from fault
        return str(text)

    def count(self, number: float, unit: str) -> str:
        """Write a number with its noun in the right plural form: ``count(2, "orders")`` → ``2 orders``."""
        return self.format(f"count-{unit}", n=number)

    def money(self, value: float, digits: int | None = None) -> str:
        """Write an amount in the configured currency; see `NumberWriter.money`."""
        return self.numbers.money(float(value), digits)

    def percent(self, value: float, digits: int | None = None) -> str:
        """Write a share as a percentage; see `NumberWriter.percent`."""
        return self.numbers.percent(float(value), digits)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with grouped thousands."""
        return self.numbers.number(float(value), digits)

    def date(self, value: Any, style: str = "medium") -> str:
        """Write a date, a datetime or UTC microseconds as a calendar day of the data's time zone."""
        return self.numbers.date(day_of(value, self.zone), style)

    def action(self, name: str) -> str:
        """Name of an action; one that a company made up itself is shown as it is called there.

        Examples
        --------
        >>> Texts("ru").action("phone_call"), Texts("ru").action("send_a_cake")
        ('звонок по телефону', 'send a cake')
        """
        message_id = "action-" + name.replace("_", "-")
        return self.format(message_id) if self.has(message_id) else name.replace("_", " ")

    def reason(self, word: str) -> str:
        """Name of a reason, such as ``product_quality``."""
        return self.format("reason-" + word.replace("_", "-"))

    def _functions(self) -> dict[str, Any]:
        return {
            "NUM": lambda value: fluent_number(rounded(_bare(value))),
            "MONEY": lambda value: self.money(_bare(value)),
            "PERCENT": lambda value: self.percent(_bare(value)),
            "POINTS": lambda value: self.count(_bare(value) * 100, "points"),
            "DATE": lambda value: self.date(_bare(value)),
            "COUNT": lambda value, unit: self.count(_bare(value), str(unit)),
        }


def _plain(value: Any) -> Any:
    """Turn numpy's numbers into Python's, which Fluent understands."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "isoformat") else value


def _bare(value: Any) -> Any:
    """Take a number out of Fluent's wrapping."""
    if isinstance(value, FluentNumber):
        return float(value) if isinstance(value, float) else int(value)
    return value
