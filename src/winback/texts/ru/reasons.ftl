# Почему уходят клиенты. Для каждой причины: название, подтверждение в цифрах и что сказать менеджеру.

reason-price = цена
reason-product-quality = качество товара
reason-delivery = доставка
reason-service = медленный сервис
reason-conflict = конфликт
reason-manager-change = смена менеджера
reason-neglect = забыли о клиенте
reason-assortment = ассортимент
reason-loyalty = верность не вознаграждена
reason-competitor = ушёл к конкуренту
reason-life-event = переехал или закрылся
reason-unknown = причина неизвестна

# как соединяются причина и подтверждение
reason-line = { $reason }: { $evidence }
reason-and = { $first }; { $second }
# причину назвал сам клиент
reason-stated-evidence = так ответил сам, { DATE($at) }
reason-wants-evidence = просил улучшить в опросе, { DATE($at) }
reason-complaints-evidence = { COUNT($count, "complaints") } на это за { COUNT($days, "days") }

reason-price-evidence = за те же товары платит на { PERCENT($change) } больше привычного; у других { PERCENT($others) }
reason-price-evidence-basket = то, что клиент обычно берёт, за полгода подорожало на { PERCENT($change) } сильнее, чем товары в среднем
reason-price-evidence-discount = скидка урезана с { PERCENT($before) } до { PERCENT($now) }
reason-product-quality-evidence = брак в { NUM($bad) } из { COUNT($all, "deliveries-of") }; у других { PERCENT($others) }
reason-delivery-evidence = { NUM($bad) ->
    [one] опоздала
   *[other] опоздали
} { NUM($bad) } из { COUNT($all, "deliveries-of") }, в среднем на { COUNT($delay, "days") }; у других { PERCENT($others) }
reason-delivery-evidence-late = { NUM($bad) ->
    [one] опоздала
   *[other] опоздали
} { NUM($bad) } из { COUNT($all, "deliveries-of") }; у других { PERCENT($others) }
reason-service-evidence-response = { NUM($bad) } из { COUNT($all, "tickets-of") } { NUM($bad) ->
    [one] слишком долго ждало
   *[other] слишком долго ждали
} первого ответа, в среднем { COUNT($hours, "hours") }; у других { PERCENT($others) }
reason-service-evidence-unanswered = { NUM($bad) } из { COUNT($all, "tickets-of") } { NUM($bad) ->
    [one] слишком долго ждёт первого ответа и так его не получило
   *[other] слишком долго ждут первого ответа и так его не получили
}; у других { PERCENT($others) }
reason-service-evidence-resolution = { NUM($bad) } из { COUNT($all, "tickets-of") } { NUM($bad) ->
    [one] слишком долго ждало
   *[other] слишком долго ждали
} решения, в среднем { COUNT($hours, "hours") }; у других { PERCENT($others) }
reason-service-evidence-unsolved = { NUM($bad) } из { COUNT($all, "tickets-of") } { NUM($bad) ->
    [one] слишком долго ждёт решения и так его не получило
   *[other] слишком долго ждут решения и так его не получили
}; у других { PERCENT($others) }
reason-conflict-evidence = { COUNT($count, "conflicts") } за { COUNT($days, "days") }, последний { DATE($at) }
# «one» по-русски и 21: однажды сменился только при 1
reason-manager-change-evidence = { NUM($count) ->
    [1] сменился менеджер
   *[other] менеджер менялся: { COUNT($count, "changes") }
} за { COUNT($days, "days") }, последний раз { DATE($at) }
reason-neglect-evidence = { COUNT($days, "days") } никто не выходил на связь, обычно раз в { COUNT($own, "days") }; с другими связываемся раз в { COUNT($others, "days") }
reason-neglect-evidence-fewer = { NUM($now) ->
    [0] ни одного контакта
   *[other] { COUNT($now, "contacts") }
} за { COUNT($days, "days") }, а за столько же дней до того { NUM($before) }
reason-loyalty-evidence = { NUM($bad) } из { COUNT($all, "actions-of") } в нашу пользу { NUM($bad) ->
    [one] осталось
   *[other] остались
} без поощрения; у других { PERCENT($others) }
reason-life-event-evidence = закрылся { DATE($at) }

# признак ухода, когда ни одна причина не подтверждена
reason-unknown-evidence-silent = обычно заказывает раз в { COUNT($gap, "days") }, молчит уже { COUNT($silence, "days") }
reason-unknown-evidence-rhythm = обычно заказывает раз в { COUNT($gap, "days") }, последний заказ был { COUNT($silence, "days") } назад
reason-unknown-evidence-once = заказал лишь однажды, { COUNT($silence, "days") } назад

reason-price-advice = Спросите, какие цены мешают больше всего и почём берут у других. Объясните, за что клиент платит, и предложите условия на то, что он берёт чаще.
reason-product-quality-advice = Назовите бракованный товар раньше, чем это сделает клиент. Замените или верните деньги и скажите, что изменено, чтобы это не повторилось.
reason-delivery-advice = Извинитесь за опоздания, назвав даты. Пообещайте одно время доставки, которое точно выдержите, и позвоните в этот день.
reason-service-advice = Сначала закройте то, что ещё не решено, потом звоните. Извинитесь за ожидание и дайте прямой телефон одного человека.
reason-conflict-advice = Пусть позвонит руководитель, а не сам менеджер. Сначала выслушайте, не спорьте, кто прав, и исправьте то, что случилось.
reason-manager-change-advice = Представьте нового менеджера лично, он должен знать историю клиента. Спросите, что прежний делал особенно хорошо.
reason-neglect-advice = Скажите прямо, что слишком долго не выходили на связь. Спросите, что изменилось, и договоритесь о следующем звонке.
reason-assortment-advice = Спросите, что клиент теперь берёт в другом месте. Привезите образцы новинок, подходящих для его дела.
reason-loyalty-advice = Поблагодарите за верность и дайте поощрение, которого клиент так и не получил.
reason-competitor-advice = Спросите, чем лучше другой поставщик. Предложите то, чего он не может, и не отзывайтесь о нём плохо.
reason-life-event-advice = Пожелайте удачи и спросите, кому нас можно порекомендовать. Ничего не предлагайте.
reason-unknown-advice = Спросите, как идут дела и не помешало ли что-нибудь сделать заказ. Запишите ответ как причину ухода.
