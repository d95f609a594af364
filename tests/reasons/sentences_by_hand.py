"""Every sentence of evidence written by hand in both languages, with the grammar of numbers spelled out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

Said = dict[str, Any]
MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "ru": ["янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."],
}


def number(value: float, language: str) -> str:
    """One decimal below ten, none above; sentences are given numbers with three decimals."""
    value = round(value, 3)
    value = round(value, 1 if abs(value) < 10 else 0)
    if value == int(value):
        return f"{int(value):,}".replace(",", "," if language == "en" else " ")
    return f"{value:.1f}".replace(".", "." if language == "en" else ",")


def percent(value: float, language: str) -> str:
    value = round(value, 3) * 100
    text = f"{value:.1f}" if 0 < abs(value) < 1 else f"{value:.0f}"
    text = "0" if text == "-0" else text
    return f"{text}%" if language == "en" else f"{text.replace('.', ',')} %"


def day(value: datetime, language: str) -> str:
    month = MONTHS[language][value.month - 1]
    return f"{month} {value.day}, {value.year}" if language == "en" else f"{value.day} {month} {value.year} г."


def plural(value: float, one: str, many: str) -> str:
    """English: one is one, all else is many."""
    shown = number(value, "en")
    return f"{shown} {one if shown == '1' else many}"


def forms(value: float, one: str, few: str, many: str) -> str:
    """Russian: 1, 21 день; 2, 22 дня; 5, 11, 12 дней; a part of a day: 1,5 дня."""
    shown = number(value, "ru")
    if "," in shown:
        return f"{shown} {few}"
    last, tens = int(shown[-1]), int(shown.replace(" ", "")) % 100
    if 11 <= tens <= 14 or last == 0 or last >= 5:
        return f"{shown} {many}"
    return f"{shown} {one if last == 1 else few}"


def _agrees(count: int, one: str, many: str) -> str:
    """Russian verbs: 1 and 21 поставка опоздала; 2, 5, 11 опоздали."""
    return one if count % 10 == 1 and count % 100 != 11 else many


def of_all(value: float, one: str, many: str) -> str:
    """Russian after «из»: из 1, 21 поставки; из 2, 5, 11 поставок."""
    return f"{number(value, 'ru')} {_agrees(int(value), one, many)}"


def _days(value: float) -> str:
    return forms(value, "день", "дня", "дней")


def _times_en(count: int) -> str:
    return "manager changed" if count == 1 else f"manager changed {count} times"


def _times_ru(count: int) -> str:
    return "сменился менеджер" if count == 1 else f"менеджер менялся: {forms(count, 'смена', 'смены', 'смен')}"


def _rhythm_en(gap: int) -> str:
    return "usually orders every day" if gap == 1 else f"usually orders every {gap} days"


def _contacted_en(now: int) -> str:
    return "not contacted at all" if now == 0 else "contacted once" if now == 1 else f"contacted {now} times"


def _contacted_ru(now: int) -> str:
    return "ни одного контакта" if now == 0 else forms(now, "контакт", "контакта", "контактов")


def _en(of: str, many: str, rest: str) -> Callable[[Said], str]:
    def say(a: Said) -> str:
        numbers = {
            "hours": plural(a.get("hours", 0), "hour", "hours"),
            "delay": plural(a.get("delay", 0), "day", "days"),
        }
        count = f"{a['bad']} of {'the last ' if of == 'delivery' else ''}{plural(a['all'], of, many)}"
        return f"{count} {rest.format(**numbers)}; others {percent(a['others'], 'en')}"

    return say


def _ru_tickets(one: str, many: str, rest: str = "") -> Callable[[Said], str]:
    def say(a: Said) -> str:
        hours = forms(a.get("hours", 0), "час", "часа", "часов")
        of = of_all(a["all"], "обращения", "обращений")
        text = f"{a['bad']} из {of} слишком долго {_agrees(a['bad'], one, many)}{rest.format(hours=hours)}"
        return f"{text}; у других {percent(a['others'], 'ru')}"

    return say


def _ru_deliveries(one: str, many: str, rest: str = "") -> Callable[[Said], str]:
    def say(a: Said) -> str:
        of = of_all(a["all"], "поставки", "поставок")
        text = f"{_agrees(a['bad'], one, many)} {a['bad']} из {of}" + rest.format(delay=_days(a.get("delay", 0)))
        return f"{text}; у других {percent(a['others'], 'ru')}"

    return say


#: From the id of a text to the sentence, in English and in Russian.
SENTENCES: dict[str, tuple[Callable[[Said], str], Callable[[Said], str]]] = {
    "reason-delivery-evidence": (
        _en("delivery", "deliveries", "late, {delay} on average"),
        _ru_deliveries("опоздала", "опоздали", ", в среднем на {delay}"),
    ),
    "reason-delivery-evidence-late": (_en("delivery", "deliveries", "late"), _ru_deliveries("опоздала", "опоздали")),
    "reason-product-quality-evidence": (_en("delivery", "deliveries", "defective"), _ru_deliveries("брак в", "брак в")),
    "reason-service-evidence-response": (
        _en("request", "requests", "waited too long for a first answer, {hours} on average"),
        _ru_tickets("ждало", "ждали", " первого ответа, в среднем {hours}"),
    ),
    "reason-service-evidence-unanswered": (
        _en("request", "requests", "waited too long for a first answer and got none"),
        _ru_tickets("ждёт первого ответа и так его не получило", "ждут первого ответа и так его не получили"),
    ),
    "reason-service-evidence-resolution": (
        _en("request", "requests", "waited too long for a solution, {hours} on average"),
        _ru_tickets("ждало", "ждали", " решения, в среднем {hours}"),
    ),
    "reason-service-evidence-unsolved": (
        _en("request", "requests", "waited too long for a solution and got none"),
        _ru_tickets("ждёт решения и так его не получило", "ждут решения и так его не получили"),
    ),
    "reason-conflict-evidence": (
        lambda a: f"{plural(a['count'], 'conflict', 'conflicts')} in {plural(a['days'], 'day', 'days')}, "
        f"the last on {day(a['at'], 'en')}",
        lambda a: f"{forms(a['count'], 'конфликт', 'конфликта', 'конфликтов')} за {_days(a['days'])}, "
        f"последний {day(a['at'], 'ru')}",
    ),
    "reason-complaints-evidence": (
        lambda a: f"{plural(a['count'], 'complaint', 'complaints')} about it in {plural(a['days'], 'day', 'days')}",
        lambda a: f"{forms(a['count'], 'жалоба', 'жалобы', 'жалоб')} на это за {_days(a['days'])}",
    ),
    "reason-wants-evidence": (
        lambda a: f"asked for better in the survey of {day(a['at'], 'en')}",
        lambda a: f"просил улучшить в опросе, {day(a['at'], 'ru')}",
    ),
    "reason-price-evidence": (
        lambda a: f"pays {percent(a['change'], 'en')} more for the same products than it was used to; "
        f"others {percent(a['others'], 'en')}",
        lambda a: f"за те же товары платит на {percent(a['change'], 'ru')} больше привычного; "
        f"у других {percent(a['others'], 'ru')}",
    ),
    "reason-price-evidence-basket": (
        lambda a: f"prices of what it usually buys rose {percent(a['change'], 'en')} more than prices in general "
        "within half a year",
        lambda a: f"то, что клиент обычно берёт, за полгода подорожало на {percent(a['change'], 'ru')} сильнее, чем "
        "товары в среднем",
    ),
    "reason-price-evidence-discount": (
        lambda a: f"discount cut from {percent(a['before'], 'en')} to {percent(a['now'], 'en')}",
        lambda a: f"скидка урезана с {percent(a['before'], 'ru')} до {percent(a['now'], 'ru')}",
    ),
    "reason-manager-change-evidence": (
        lambda a: f"{_times_en(a['count'])} in {plural(a['days'], 'day', 'days')}, last on {day(a['at'], 'en')}",
        lambda a: f"{_times_ru(a['count'])} за {_days(a['days'])}, последний раз {day(a['at'], 'ru')}",
    ),
    "reason-neglect-evidence": (
        lambda a: f"nobody got in touch for {plural(a['days'], 'day', 'days')}, "
        f"usually every {number(a['own'], 'en')}; others hear from us every {plural(a['others'], 'day', 'days')}",
        lambda a: f"{_days(a['days'])} никто не выходил на связь, обычно раз в {_days(a['own'])}; "
        f"с другими связываемся раз в {_days(a['others'])}",
    ),
    "reason-neglect-evidence-fewer": (
        lambda a: f"{_contacted_en(a['now'])} in {plural(a['days'], 'day', 'days')}, "
        f"{a['before']} times in as many days before",
        lambda a: f"{_contacted_ru(a['now'])} за {_days(a['days'])}, а за столько же дней до того {a['before']}",
    ),
    "reason-loyalty-evidence": (
        lambda a: f"{a['bad']} of {plural(a['all'], 'action', 'actions')} for us went unrewarded; "
        f"others {percent(a['others'], 'en')}",
        lambda a: f"{a['bad']} из {of_all(a['all'], 'действия', 'действий')} в нашу пользу "
        f"{_agrees(a['bad'], 'осталось', 'остались')} без поощрения; "
        f"у других {percent(a['others'], 'ru')}",
    ),
    "reason-stated-evidence": (
        lambda a: f"said so when asked on {day(a['at'], 'en')}", lambda a: f"так ответил сам, {day(a['at'], 'ru')}",
    ),
    "reason-life-event-evidence": (
        lambda a: f"closed on {day(a['at'], 'en')}", lambda a: f"закрылся {day(a['at'], 'ru')}",
    ),
    "reason-unknown-evidence-silent": (
        lambda a: f"{_rhythm_en(a['gap'])}, silent for {number(a['silence'], 'en')}",
        lambda a: f"обычно заказывает раз в {_days(a['gap'])}, молчит уже {_days(a['silence'])}",
    ),
    "reason-unknown-evidence-rhythm": (
        lambda a: f"{_rhythm_en(a['gap'])}, last order {plural(a['silence'], 'day', 'days')} ago",
        lambda a: f"обычно заказывает раз в {_days(a['gap'])}, последний заказ был {_days(a['silence'])} назад",
    ),
    "reason-unknown-evidence-once": (
        lambda a: f"ordered only once, {plural(a['silence'], 'day', 'days')} ago",
        lambda a: f"заказал лишь однажды, {_days(a['silence'])} назад",
    ),
}  # fmt: skip


def sentence(message: str, said: Said, language: str) -> str:
    return SENTENCES[message][language == "ru"](said)
