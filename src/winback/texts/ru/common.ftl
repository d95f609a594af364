# Числа с существительными. COUNT($n, "days") пишет count-days.
# Формы годятся и для винительного падежа: «за 5 дней», «раз в 2 дня».

count-days = { NUM($n) } { NUM($n) ->
    [one] день
    [few] дня
    [many] дней
   *[other] дня
}
count-hours = { NUM($n) } { NUM($n) ->
    [one] час
    [few] часа
    [many] часов
   *[other] часа
}
count-customers = { NUM($n) } { NUM($n) ->
    [one] клиент
    [few] клиента
    [many] клиентов
   *[other] клиента
}
count-orders = { NUM($n) } { NUM($n) ->
    [one] заказ
    [few] заказа
    [many] заказов
   *[other] заказа
}
count-deliveries = { NUM($n) } { NUM($n) ->
    [one] поставка
    [few] поставки
    [many] поставок
   *[other] поставки
}
# после «из»: 3 из 4 поставок, 1 из 21 поставки
count-deliveries-of = { NUM($n) } { NUM($n) ->
    [one] поставки
   *[other] поставок
}
count-products = { NUM($n) } { NUM($n) ->
    [one] товар
    [few] товара
    [many] товаров
   *[other] товара
}
count-tickets = { NUM($n) } { NUM($n) ->
    [one] обращение
    [few] обращения
    [many] обращений
   *[other] обращения
}
# после «из»
count-tickets-of = { NUM($n) } { NUM($n) ->
    [one] обращения
   *[other] обращений
}
count-complaints = { NUM($n) } { NUM($n) ->
    [one] жалоба
    [few] жалобы
    [many] жалоб
   *[other] жалобы
}
count-conflicts = { NUM($n) } { NUM($n) ->
    [one] конфликт
    [few] конфликта
    [many] конфликтов
   *[other] конфликта
}
count-contacts = { NUM($n) } { NUM($n) ->
    [one] контакт
    [few] контакта
    [many] контактов
   *[other] контакта
}
count-offers = { NUM($n) } { NUM($n) ->
    [one] предложение
    [few] предложения
    [many] предложений
   *[other] предложения
}
count-actions = { NUM($n) } { NUM($n) ->
    [one] действие
    [few] действия
    [many] действий
   *[other] действия
}
# после «из»
count-actions-of = { NUM($n) } { NUM($n) ->
    [one] действия
   *[other] действий
}
count-changes = { NUM($n) } { NUM($n) ->
    [one] смена
    [few] смены
    [many] смен
   *[other] смены
}
# после «из»
count-events-of = { NUM($n) } { NUM($n) ->
    [one] события
   *[other] событий
}
count-months = { NUM($n) } { NUM($n) ->
    [one] месяц
    [few] месяца
    [many] месяцев
   *[other] месяца
}
count-points = { NUM($n) } { NUM($n) ->
    [one] процентный пункт
    [few] процентных пункта
    [many] процентных пунктов
   *[other] процентного пункта
}

population-active = активный
population-lapsed = ушедший

# откуда известно, как действует предложение
uplift-source = { $source ->
    [measured] измерено
   *[assumed] допущение
}
