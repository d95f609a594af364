# Что дали прошлые предложения, одной фразой. Все сообщения получают одни и те же значения.

outcomes-open = ещё не завершено: срок, за который измеряется результат, не истёк ({ COUNT($open, "offers") })
outcomes-no-control = сказать нельзя: контрольной группы не было, и неизвестно, сколько вернулось бы само
outcomes-too-few = сказать нельзя: { NUM($contacted) } с предложением и { NUM($held_out) } без него — слишком мало для сравнения
outcomes-cannot-tell = пока сказать нельзя: удержано благодаря предложениям: { NUM($incremental) }, возможно любое значение от { NUM($low) } до { NUM($high) }
outcomes-gain = удержано тех, кто иначе ушёл бы: { COUNT($incremental, "customers") } (от { NUM($low) } до { NUM($high) })
outcomes-loss = навредило: потеряно из-за предложений: { NUM($lost) } (от { NUM($lost_low) } до { NUM($lost_high) })
