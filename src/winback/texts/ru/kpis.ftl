# Статистика.

kpis-customers-now = Клиентов сейчас
kpis-customers-ever = всего когда-либо покупали: { COUNT($count, "customers") }
kpis-of-months = { NUM($count) ->
    [one] за последний { NUM($count) } полный месяц
    [few] за последние { NUM($count) } полных месяца
    [many] за последние { NUM($count) } полных месяцев
   *[other] за последние { NUM($count) } полного месяца
}
kpis-average-order = Средний заказ
kpis-repeat-rate = Покупают повторно
kpis-lifetime-value = Пожизненная ценность клиента
kpis-lifetime-value-note = маржа с дисконтированием

report-month = Месяц
report-quarter = Квартал
kpis-at-start = На начало
kpis-new = Новые
kpis-returned = Вернулись
kpis-lost = Потеряны
kpis-churn-rate = Отток
kpis-retention-rate = Удержание
kpis-lost-profit = Потерянная прибыль
kpis-revenue = Выручка
kpis-revenue-new = новые клиенты
kpis-revenue-returning = постоянные клиенты
kpis-revenue-resurrected = вернувшиеся клиенты
kpis-share = Доля
kpis-only = Только по этому правилу
kpis-rule = Считается потерянным

kpis-chart-moves = потерянные, вернувшиеся и новые клиенты
kpis-chart-revenue = выручка по видам клиентов
kpis-by-month = По месяцам
kpis-by-quarter = По кварталам
kpis-by-dimension = Где теряются клиенты
kpis-rules = Кто сегодня считается потерянным
kpis-incomplete = неполный
kpis-small = мало клиентов
kpis-value-unknown = не указано
kpis-rule-off = не включено

kpis-rule-silence = нет заказов { COUNT($days, "days") }
kpis-rule-nps = последняя оценка 6 или ниже из 10
kpis-rule-conflict = открытый конфликт
kpis-rule-enquiries = больше трёх запросов, и с тех пор ничего не куплено

kpis-recent = Таблицы по признакам: с { DATE($on) } по { DATE($until) }. Бледные строки: период неполный или клиентов меньше 30.
kpis-note-no-dimension = Разрез «{ $dimension }» не показан: в данных этого нет.
kpis-note-no-rule = Правило «{ $rule }» включено, но нужных для него данных нет.
kpis-note-folded = Разрез «{ $dimension }»: самые мелкие группы ({ NUM($folded) }) показаны вместе как «…».
kpis-note-too-short = Потери по месяцам пока не определить: клиент считается потерянным, если заказов нет { COUNT($days, "days") }, а данные едва ли длиннее.
kpis-note-no-margin = В заказах нет маржи; за неё принято { PERCENT($rate) } суммы.

kpis-definitions = Как это посчитано
kpis-definitions-words = Отток: клиенты на начало, которых нет на конец, к числу клиентов на начало. Удержание: клиенты на конец без пришедших за период к числу клиентов на начало. Потерянная прибыль: средняя маржа клиента за период × число потерянных. Выручка: что купили новые, постоянные и вернувшиеся клиенты; три части складываются в целое. Пожизненная ценность: годовая маржа × (1 + ставка) / (1 + ставка − удержание). Доли считаются из сумм и никогда не усредняются. В начале данных ещё никого нельзя назвать новым, потерянным или вернувшимся; такие ячейки пусты.
