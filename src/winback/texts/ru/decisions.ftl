# Что решено о клиенте и почему. $action: название действия на этом языке.

decision-contact = { $action }: ожидаем заработать { MONEY($net_value) } за вычетом затрат { MONEY($cost) }; шанс удержать клиента вырастет на { POINTS($uplift) } ({ uplift-source })
# небольшая доля контактов уходит на действия, о которых ещё мало известно
decision-contact-explore = { $action }, чтобы узнать, насколько это помогает: ожидаем заработать { MONEY($net_value) } за вычетом затрат { MONEY($cost) } ({ uplift-source })
decision-holdout = в этом цикле не трогать: оставлен намеренно, чтобы измерить, что на деле даёт «{ $action }» (ожидали { MONEY($net_value) })

decision-excluded-do-not-contact = не беспокоить: клиент просил с ним не связываться
decision-excluded-do-not-win-back = не возвращать: так отмечено в списке клиентов
decision-excluded-closed = клиент закрылся
decision-excluded-cooldown = с последнего предложения не прошло и { NUM($cooldown_days) ->
    [one] { NUM($cooldown_days) } дня
   *[other] { NUM($cooldown_days) } дней
}: пока не беспокоить
decision-excluded-life-event = переехал, закрылся или сменил дело: возвращать нет смысла
decision-excluded-unreachable = не достучаться: нет адреса или телефона ни для одного из действий
decision-excluded-no-action = для таких клиентов не предусмотрено ни одного действия

decision-not-worth-it = не окупится: лучшее действие ({ $action }) принесло бы { MONEY($net_value) } при затратах { MONEY($cost) }
decision-not-worth-it-minimum = не окупится: лучшее действие ({ $action }) принесло бы { MONEY($net_value) }, это меньше порога { MONEY($minimum) }
decision-not-worth-it-share = не окупится: { $action } — принесло бы { MONEY($net_value) }, но затраты { MONEY($cost) } слишком велики по сравнению с ценностью этого клиента
decision-no-budget = принёс бы { MONEY($net_value) } ({ $action }), но бюджет { MONEY($budget) } ушёл на более выгодных; хватило бы бюджета { MONEY($needed) }
# никакой бюджет при остальных ограничениях цикла не помог бы
decision-no-budget-unknown = принёс бы { MONEY($net_value) } ({ $action }), но бюджет { MONEY($budget) } ушёл на более выгодных
decision-no-capacity-action = принёс бы { MONEY($net_value) }, но все места на «{ $action }» в этом цикле ({ NUM($capacity) }) заняты более выгодными
decision-no-capacity-manager = принёс бы { MONEY($net_value) } ({ $action }), но менеджер { $manager } в этом цикле загружен полностью ({ COUNT($capacity, "customers") })
decision-no-capacity-manager-action = принёс бы { MONEY($net_value) }, но все места на «{ $action }» у менеджера { $manager } в этом цикле ({ NUM($capacity) }) заняты более выгодными
