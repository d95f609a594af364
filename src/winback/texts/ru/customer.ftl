# Один клиент целиком.

customer-title = Один клиент
customer-in-full = Клиент целиком: что было, прошлый риск, расчёт каждого действия
customer-footer = Сделано командой winback explain. Страница ничего не загружает из сети.
customer-orders = Заказы
customer-orders-note = всего на { MONEY($amount) }, последний { COUNT($days, "days") } назад
customer-value = Ценность, если удержать
customer-value-note = маржа { $kept }, если останется, { $lost }, если уйдёт
customer-happened = Что было
customer-risk = Риск на прошлые даты, по известному тогда
customer-actions = Расчёт каждого действия
customer-latest = Последние события по одному
customer-events = { NUM($shown) } из { COUNT($total, "events-of") }, сначала последние
customer-day = День
customer-standing = Клиент был
customer-event = Что
customer-event-details = Подробности
customer-uplift = Насколько выше шанс удержать
customer-uplift-note = от { $low } до { $high }, { uplift-source }
customer-sum = Прирост шанса × ценность − (контакт + доля принявших × предложение)
customer-sum-words = { $uplift } × { $value } − ({ $contact } + { $accept } × { $offer })
customer-confidence = уверенность { PERCENT($confidence) }
customer-share = { PERCENT($share) } объяснённого риска

# почему действие невозможно
obstacle-unreachable = так не связаться
obstacle-other-population = не для таких клиентов
obstacle-do-not-contact = просил не беспокоить
obstacle-do-not-win-back = отмечен как невозвращаемый
obstacle-closed = закрылся
obstacle-cooldown = недавно уже обращались
obstacle-life-event = переехал, закрылся или сменил дело

# дорожки рисунка и события по одному
events-orders = заказы
events-deliveries = поставки
events-tickets = обращения
events-contacts = наши контакты
events-activities = визиты, действия
events-surveys = опросы
events-managers = менеджеры
events-offers = предложения
events-exits = названные причины
events-since = С { DATE($on) }
events-said = { $what } { NUM($count) }{ NUM($bad) ->
    [0] {""}
   *[other] {" "}(неудачно: { NUM($bad) })
}
events-window = Подтверждения взяты за { COUNT($days, "days") } до { DATE($on) }
events-leaving = уходил: { DATE($on) }
events-key-plain = в порядке; крупная точка: несколько за несколько дней
events-key-bad = неудача: опоздание, брак, жалоба, долгий ответ, низкая оценка, без поощрения, другой менеджер
events-key-window = дни, за которые взяты подтверждения
event-orders = заказ
event-deliveries = поставка
event-tickets = обращение
event-contacts = наш контакт
event-activities = визит или действие
event-surveys = опрос
event-managers = менеджер
event-offers = предложение
event-exits = названа причина

field-amount = сумма
field-margin = маржа
field-discount = скидка
field-channel = канал
field-delivered-at = доставлено
field-defective = брак:
field-kind = вид:
field-topic = о чём:
field-first-response-at = ответ
field-resolved-at = решено
field-nps = оценка
field-wants = просит улучшить:
field-answered = ответил:
field-manager-id = имя
field-action = действие:
field-arm = группа:
field-cost = затраты
field-reason = причина:

word-yes = да
word-no = нет
word-enquiry = вопрос
word-request = заявка
word-complaint = жалоба
word-conflict = конфликт
word-price = цена
word-product = товар
word-delivery = доставка
word-service = сервис
word-billing = счета
word-other = другое
word-assortment = ассортимент
word-manager = менеджер
word-treated = обратились
word-holdout = не беспокоили
word-email = почта
word-phone = телефон
word-visit = визит
word-meeting = встреча
word-web = сайт
word-shop = магазин
