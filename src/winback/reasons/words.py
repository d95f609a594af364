"""The business words that customers leave for, and how companies write them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from winback.errors import Fault, SettingsError
from winback.features import REASONS

#: No reason stands on evidence.
UNKNOWN = "unknown"
#: All words that a row can show, in a fixed order; a reason's code is its place here.
WORDS = (*REASONS, UNKNOWN)
#: Only customers themselves can tell these; no table shows them.
ONLY_STATED = frozenset({"competitor", "life_event"})
# what companies call the reasons in their lists of exits
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "price": ("prices", "expensive", "too_expensive", "cost", "discount", "цена", "цены", "дорого", "скидка"),
    "product_quality": ("product", "quality", "defect", "defects", "defective", "качество", "качество_товара", "брак"),
    "delivery": ("late_delivery", "late", "shipping", "logistics", "доставка", "опоздания", "логистика"),
    "service": ("slow_service", "support", "slow", "response", "сервис", "обслуживание", "поддержка"),
    "conflict": ("dispute", "rude", "rudeness", "quarrel", "конфликт", "грубость", "хамство"),
    "manager_change": ("manager", "new_manager", "смена_менеджера", "менеджер"),
    "neglect": ("attention", "no_attention", "no_contact", "forgotten", "забыли", "нет_внимания", "внимание"),
    "assortment": ("range", "choice", "selection", "ассортимент", "выбор"),
    "loyalty": ("bonus", "rewards", "no_reward", "бонусы", "лояльность"),
    "competitor": ("competition", "other_supplier", "competitors", "конкурент", "конкуренты", "другой_поставщик"),
    "life_event": (
        "moved", "move", "relocated", "relocation", "closed", "closure", "bankrupt", "bankruptcy", "business_change",
        "out_of_business", "переезд", "переехал", "закрылся", "закрытие", "банкротство", "смена_деятельности",
    ),
}  # fmt: skip
_KNOWN = {word: word for word in REASONS} | {name: word for word, names in _SYNONYMS.items() for name in names}


def check_exit_words(own: Mapping[str, str]) -> None:
    """Refuse a company's dictionary that leads to words that are no reasons.

    Raises
    ------
    SettingsError
        Listing all of them.
    """
    faults = [
        Fault(f"reasons.exit_words.{name}", f"{word!r} is no reason{_nearest(word)}")
        for name, word in own.items()
        if word not in WORDS
    ]
    if faults:
        raise SettingsError("The words of exits cannot be understood", faults, expected=", ".join(WORDS))


def _nearest(word: str) -> str:
    near = difflib.get_close_matches(word, WORDS, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def reason_of_word(word: str, own: Mapping[str, str]) -> str:
    """Return the reason that a company's own word for it means.

    Parameters
    ----------
    word : str
        As written in ``exits.reason``.
    own : mapping of str to str
        The company's dictionary (``reasons.exit_words``), asked first; case does not matter.

    Returns
    -------
    str
        One of `WORDS`; `UNKNOWN` where nobody told what the word means.

    Examples
    --------
    >>> reason_of_word("Too expensive", {}), reason_of_word("grumpy driver", {"grumpy driver": "conflict"})
    ('price', 'conflict')
    >>> reason_of_word("no comment", {})
    'unknown'
    """
    plain = word.strip().lower()
    for name, meaning in own.items():
        if name.strip().lower() == plain:
            return meaning
    return _KNOWN.get(plain.replace(" ", "_").replace("-", "_"), UNKNOWN)
