# Страница для людей.

report-title = Кого удержать и кого вернуть
report-as-of = на { DATE($on) }
report-contents = Содержание
report-footer = Подготовлено программой winback. Страница ничего не загружает из сети; полный список — рядом, в файле ranking.xlsx.
report-columns = столбцы

report-section-list = Список
report-section-money = Деньги
report-section-reasons = Причины
report-section-quality = Насколько можно верить
report-section-statistics = Статистика
report-section-outcomes = Прошлые циклы
report-section-data = Данные
report-section-origin = Как это получено

# неделя простыми словами
report-headline-leaving = Из { NUM($active) } { NUM($active) ->
    [one] активного клиента
   *[other] активных клиентов
} уйдут, по прогнозу, около { NUM($leaving) }.
report-headline-leaving-within = Из { NUM($active) } { NUM($active) ->
    [one] активного клиента
   *[other] активных клиентов
} уйдут, по прогнозу, около { NUM($leaving) }: не сделают ни одного заказа за { COUNT($days, "days") }.
report-headline-lapsed = Уже замолчали: { COUNT($count, "customers") }.
report-headline-contacts = { NUM($count) ->
    [one] Стоит обратиться к { NUM($count) } клиенту
   *[other] Стоит обратиться к { NUM($count) } клиентам
}: это обойдётся в { MONEY($cost) } и, по расчёту, принесёт { MONEY($net_value) } сверх затрат.
report-headline-nobody = В этом цикле нет никого, к кому было бы выгодно обращаться.
report-trust-assumed = Ожидаемая выгода основана на допущениях из настроек: действие прошлых предложений ещё не измерено.
report-trust-measured = Ожидаемая выгода основана на измеренном действии прошлых предложений.
report-trust-partly = Для { PERCENT($share) } обращений ожидаемая выгода основана на измеренном действии прошлых предложений, для остальных — на допущениях.

report-tile-leaving = Уйдут, по прогнозу
report-tile-leaving-note = { PERCENT($share) } активных; под угрозой { MONEY($value) } маржи
report-tile-contacts = Стоит обратиться
report-tile-contacts-note = { NUM($count) ->
    [0] контрольной группы нет
   *[other] и ещё { NUM($count) } не трогаем намеренно — для измерения
}
report-tile-cost = Ожидаемые затраты
report-tile-of-budget = из бюджета { MONEY($budget) }
report-tile-net = Ожидаемая выгода за вычетом затрат
report-tile-net-note = от { MONEY($low) } до { MONEY($high) }

# список
report-list-lead = Упорядочено по ожидаемой выгоде от лучшего действия. Откройте строку, чтобы увидеть, что сказать и как это посчитано.
report-head-customer = Клиент
report-head-risk = Риск ухода
report-head-reason = Почему
report-head-action = Что сделать
report-head-net = Ожидаемая выгода
report-list-cut = Показано { NUM($shown) } из { NUM($total) }; все клиенты — в файле ranking.xlsx.
report-no-customers = Клиентов для списка нет.
report-filter-decision = Решение
report-filter-all = все
report-filter-search = Поиск
report-filter-shown = из
report-filter-none = В этом списке нет подходящих клиентов.
report-manager = Менеджер
report-details = Что сказать и почему
report-silence = последний заказ { COUNT($days, "days") } назад
report-worth = ценность при удержании { $value }
report-no-reason = Причину назвать нельзя.
report-arithmetic = шанс удержать выше на { $uplift } (от { $low } до { $high }, { $source ->
    [measured] измерено
   *[assumed] допущение
}) × { MONEY($value) } при удержании − { MONEY($cost) } ожидаемых затрат = { MONEY($net_value) }

decision-name-contact = обратиться
decision-name-contact-note = лучшее действие окупается и укладывается в ограничения
decision-name-holdout = не трогать для измерения
decision-name-holdout-note = обратились бы, но выбраны случайно, чтобы увидеть, что будет без обращения
decision-name-excluded = исключён
decision-name-excluded-note = обращаться нельзя или невозможно
decision-name-not-worth-it = не окупится
decision-name-not-worth-it-note = ни одно действие не приносит больше, чем стоит
decision-name-no-budget = не хватило бюджета
decision-name-no-budget-note = окупилось бы, но другие выгоднее
decision-name-no-capacity = не хватило мест
decision-name-no-capacity-note = окупилось бы, но мест для этого действия или времени у менеджера больше нет

# деньги
report-budget = Бюджет
report-budget-none = без ограничения
report-budget-left = останется { MONEY($left) }
report-spend = Ожидаемые затраты
report-gain-per-unit = каждая потраченная единица возвращает себя и ещё { $ratio }
report-net = Ожидаемая выгода
report-kept = Удержим благодаря этому
report-kept-note = клиентов, которые иначе бы ушли
report-cost = Затраты
report-contacts = Обращения
report-action = Действие
report-this-cycle = этот цикл
report-decisions = Что решено
report-by-action = По действиям
report-by-manager = По менеджерам
report-curve = Что принёс бы другой бюджет
report-curve-note = Каждая следующая единица денег приносит меньше предыдущей.
report-no-curve = Кривая затрат и выгоды для этого запуска не рассчитана.
report-one-more = Ещё { $unit } бюджета принесли бы { $gain } сверх себя.
report-one-more-place-action = Ещё одно место для действия «{ $action }» принесло бы { MONEY($gain) } — больше, чем любая другая дополнительная единица мощности.
report-one-more-place-manager = Ещё одно обращение менеджера { $manager } принесло бы { MONEY($gain) } — больше, чем любая другая дополнительная единица мощности.
report-one-more-place-both = Ещё одно «{ $action }» менеджера { $manager } принесло бы { MONEY($gain) } — больше, чем любая другая дополнительная единица мощности.
report-one-more-nothing = Больший бюджет ничего не принёс бы: ко всем, с кем это окупается, уже решено обратиться.
report-gap = Никакой другой выбор при тех же ограничениях не обещал бы больше чем на { $gap } выше этого.
report-holdout = Намеренно не трогаем: { COUNT($count, "customers") }. Их поведение через несколько месяцев покажет, что на самом деле изменили обращения.
report-explore = Проверка вторых по выгоде действий на нескольких клиентах, чтобы узнать о них больше, обойдётся примерно в { MONEY($price) }.
report-more-rows = и ещё { NUM($count) }

# причины
report-reason = Причина
report-customers = Клиенты
report-expected-leaving = Уйдут, по прогнозу
report-expected-lost = Не вернутся, по прогнозу
report-at-risk = Ценность под угрозой
report-reasons-lead = Первая причина каждого клиента. Ценность под угрозой — вероятность потерять клиента, умноженная на его ценность при удержании.
report-reasons-unknown = Для { PERCENT($share) } клиентов данные не указывают ни на одну причину; в списке тогда назван только признак.
report-no-reasons = Данные не позволяют назвать причины: нет поставок, обращений, цен, контактов или смен менеджера, по которым их можно было бы определить.
population-active-long = Активные клиенты
population-lapsed-long = Замолчавшие клиенты

# модель
report-quality-lead = В сравнении с простыми правилами, на исходах, которых модель не видела.
report-tested = Проверено на том, что произошло с { DATE($on) } по { DATE($until) }.
report-untested = { $population }: не проверено, исходов для проверки слишком мало.
report-test-size = Случаев: { NUM($rows) }, из них потеряно { PERCENT($share) }.
report-auc-words = Если взять клиента, который уйдёт, и клиента, который останется, модель укажет верно в { PERCENT($pairs) } таких пар (монетка — в { PERCENT(0.5) }).
report-lift-words = В десятой части с наибольшим риском уходящих в { $times } раза больше, чем в среднем.
report-predictor = Кто предсказывал
predictor-model = модель
predictor-logistic = логистическая регрессия по давности, частоте и сумме
predictor-cadence = молчание против собственного ритма клиента
predictor-recency = дней с последнего заказа
metric-auc = Площадь под кривой (AUC)
metric-average-precision = Средняя точность
metric-lift-10 = Выигрыш, первые 10 %
metric-brier = Оценка Брайера
metric-log-loss = Логарифмическая ошибка
metric-calibration-error = Ошибка калибровки
report-metrics = Что значат столбцы
report-metrics-words = AUC: доля пар из ушедшего и оставшегося, в которых риск выше у ушедшего; 0,5 — гадание, 1 — безошибочно. Средняя точность: доля ушедших среди названных, в среднем по всем длинам списка. Выигрыш: во сколько раз среди 10 % с наибольшим риском ушедших больше, чем в среднем. Оценка Брайера и логарифмическая ошибка: ошибка вероятностей, чем меньше, тем лучше. Ошибка калибровки: на сколько вероятности ошибаются в среднем, чем меньше, тем лучше. Под числом — его 90-процентный интервал.
report-calibration = Прогноз и действительность
report-calibration-note = Точка — группа клиентов с близким риском. На пунктире прогноз точен; отрезки — 90-процентные интервалы.
report-predicted = предсказанная доля ушедших
report-observed = действительная доля
report-importance = На что смотрит модель
report-importance-note = Вес признака в риске. Это признаки, а не причины: уходящий клиент заказывает меньше, какой бы ни была причина.
report-no-quality = Модель не проверялась на исходах, которых она не видела, поэтому о её качестве сказать нечего.

report-no-statistics = Статистика для этого запуска не рассчитана.
report-no-outcomes = Прошлых циклов пока нет. Их итог измеряется, когда срок предложений истечёт.
report-no-data = Сведения о чтении входных данных для этого запуска не сохранены.
report-no-manifest = Запуск не оставил паспорта.
report-origin-lead = Версии, настройки, контрольные суммы входных данных и время работы: этого хватает, чтобы точно повторить запуск. То же — в файле manifest.json.
report-manifest = Показать всё

# прошлые циклы
outcomes-lead = Те, к кому обращались, рядом со случайно выбранными, кого не трогали. Заработана только разница: кто вернулся сам, тот не наша заслуга.
outcomes-cycle = Цикл
outcomes-action = Действие
outcomes-reason = Причина
outcomes-manager-id = Менеджер
outcomes-all = все
outcomes-treated = Обратились
outcomes-holdout = Не трогали
outcomes-kept-treated = Остались после обращения
outcomes-kept-holdout = Остались сами
outcomes-incremental-customers = Прирост клиентов
outcomes-incremental-margin = Прирост маржи
outcomes-cost = Затраты
outcomes-return-on-cost = Отдача на затраты
outcomes-status = Состояние
outcomes-status-open = ещё идёт
outcomes-status-measured = измерено
outcomes-status-no-control = нет контрольной группы
outcomes-remark-open = Циклы, которые ещё идут: срок, за который клиенты могут сделать заказ, не истёк.
outcomes-remark-no-control = Где контрольной группы не было, никого нельзя назвать возвращённым: клиенты могли прийти и сами.

# данные
data-table = Таблица
data-read = Прочитано строк
data-kept = Принято
data-bad = Отложено
data-first = С
data-last = По
data-without = без { $columns }
data-note-absent = Этих таблиц нет, поэтому всё, что от них зависит, опущено: { $tables }.
data-note-empty = { $table }: файл { $file } пуст.
data-note-no-rows = { $table }: ни одной строки в { $files }.
data-note-stale = orders: от последнего заказа до дня расчёта, { DATE($on) }, прошло { COUNT($days, "days") }; если позднейших заказов просто нет в данных, потерянными выглядят все: добавьте их или задайте run.as_of: latest.
data-note-late = { $table }: { NUM($count) ->
    [one] { NUM($count) } строка относится ко времени с { DATE($on) } и не учтена
    [few] { NUM($count) } строки относятся ко времени с { DATE($on) } и не учтены
    [many] { NUM($count) } строк относятся ко времени с { DATE($on) } и не учтены
   *[other] { NUM($count) } строки относятся ко времени с { DATE($on) } и не учтены
}.
data-quarantine = Отложено
data-clean = Откладывать строки не пришлось.
data-column = Столбец
data-rule = Правило
data-rows = Строк
data-example = Пример

# названия признаков, по которым делятся клиенты
dimension-region = регион
dimension-channel = канал
dimension-department = отдел
dimension-industry = отрасль
dimension-manager-id = менеджер
dimension-reason = причина

# столбцы списка
column-rank = Место в списке, 1 — лучшее.
column-customer-id = Клиент.
column-as-of = День запуска: то, что стало известно начиная с него, не использовано.
column-population = active: недавно заказывал; lapsed: давно не заказывал.
column-churn-probability = Вероятность, что клиент ничего не закажет за срок прогноза, если ничего не делать.
column-value-if-kept = Дисконтированная маржа за срок оценки при удержании минус она же без удержания.
column-value-at-risk = Ценность под угрозой: churn_probability × value_if_kept.
column-reason-1 = Самая сильная причина ухода или unknown.
column-reason-1-text = Её подтверждение в цифрах.
column-reason-2 = Вторая причина.
column-reason-2-text = Её подтверждение.
column-reason-3 = Третья причина.
column-reason-3-text = Её подтверждение.
column-action = Лучшее действие; пусто, если ни одно невозможно. Для тех, к кому не обращаемся, — то, что было бы предложено.
column-uplift = На сколько действие повышает шанс удержать клиента.
column-uplift-low = Нижняя граница 90-процентного интервала.
column-uplift-high = Верхняя граница 90-процентного интервала.
column-uplift-source = assumed: из настроек; measured: по прошлым предложениям и их контрольным группам.
column-expected-cost = Ожидаемая стоимость действия: стоимость обращения плюс стоимость предложения × вероятность, что его примут.
column-expected-net-value = Ожидаемая выгода: uplift × value_if_kept − expected_cost.
column-decision = contact (обратиться), holdout (не трогать для измерения), excluded (исключён), not_worth_it (не окупится), no_budget (не хватило бюджета) или no_capacity (не хватило мест).
column-decision-text = Решение словами.
column-manager-id = Кто ведёт клиента.
column-days-since-order = Дней с последнего заказа.
column-model-version = Какая модель оценила риск.
