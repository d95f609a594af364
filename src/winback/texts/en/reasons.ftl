# Why customers leave. For each reason: its name, its evidence in numbers, and what a manager should say.

reason-price = price
reason-product-quality = product quality
reason-delivery = delivery
reason-service = slow service
reason-conflict = conflict
reason-manager-change = change of manager
reason-neglect = neglect
reason-assortment = assortment
reason-loyalty = loyalty not rewarded
reason-competitor = competitor
reason-life-event = moved or closed
reason-unknown = unknown

# how a reason and its evidence are put together
reason-line = { $reason }: { $evidence }
reason-and = { $first }; { $second }
# the reason was given by the customer
reason-stated-evidence = said so when asked on { DATE($at) }
reason-wants-evidence = asked for better in the survey of { DATE($at) }
reason-complaints-evidence = { COUNT($count, "complaints") } about it in { COUNT($days, "days") }

reason-price-evidence = pays { PERCENT($change) } more for the same products than it was used to; others { PERCENT($others) }
reason-price-evidence-basket = prices of what it usually buys rose { PERCENT($change) } more than prices in general within half a year
reason-price-evidence-discount = discount cut from { PERCENT($before) } to { PERCENT($now) }
reason-product-quality-evidence = { NUM($bad) } of the last { COUNT($all, "deliveries-of") } defective; others { PERCENT($others) }
reason-delivery-evidence = { NUM($bad) } of the last { COUNT($all, "deliveries-of") } late, { COUNT($delay, "days") } on average; others { PERCENT($others) }
reason-delivery-evidence-late = { NUM($bad) } of the last { COUNT($all, "deliveries-of") } late; others { PERCENT($others) }
reason-service-evidence-response = { NUM($bad) } of { COUNT($all, "tickets-of") } waited too long for a first answer, { COUNT($hours, "hours") } on average; others { PERCENT($others) }
reason-service-evidence-unanswered = { NUM($bad) } of { COUNT($all, "tickets-of") } waited too long for a first answer and got none; others { PERCENT($others) }
reason-service-evidence-resolution = { NUM($bad) } of { COUNT($all, "tickets-of") } waited too long for a solution, { COUNT($hours, "hours") } on average; others { PERCENT($others) }
reason-service-evidence-unsolved = { NUM($bad) } of { COUNT($all, "tickets-of") } waited too long for a solution and got none; others { PERCENT($others) }
reason-conflict-evidence = { COUNT($count, "conflicts") } in { COUNT($days, "days") }, the last on { DATE($at) }
reason-manager-change-evidence = { NUM($count) ->
    [one] manager changed
   *[other] manager changed { NUM($count) } times
} in { COUNT($days, "days") }, last on { DATE($at) }
reason-neglect-evidence = nobody got in touch for { COUNT($days, "days") }, usually every { NUM($own) }; others hear from us every { COUNT($others, "days") }
reason-neglect-evidence-fewer = { NUM($now) ->
    [0] not contacted at all
   *[other] contacted { NUM($now) ->
        [one] once
       *[other] { NUM($now) } times
    }
} in { COUNT($days, "days") }, { NUM($before) } times in as many days before
reason-loyalty-evidence = { NUM($bad) } of { COUNT($all, "actions-of") } for us went unrewarded; others { PERCENT($others) }
reason-life-event-evidence = closed on { DATE($at) }

# the symptom, where no reason stands on evidence
reason-unknown-evidence-silent = { NUM($gap) ->
    [one] usually orders every day
   *[other] usually orders every { NUM($gap) } days
}, silent for { NUM($silence) }
reason-unknown-evidence-rhythm = { NUM($gap) ->
    [one] usually orders every day
   *[other] usually orders every { NUM($gap) } days
}, last order { COUNT($silence, "days") } ago
reason-unknown-evidence-once = ordered only once, { COUNT($silence, "days") } ago

reason-price-advice = Ask which prices hurt most and what others charge. Explain what the price pays for, then offer terms for the products that it buys most.
reason-product-quality-advice = Name the defective goods before the customer does. Replace or refund them, and say what has been changed so that it does not happen again.
reason-delivery-advice = Apologise for the late deliveries by date. Promise one delivery slot that you can keep, and call on the day.
reason-service-advice = Close what is still open before calling. Apologise for the wait and give a direct number of one person.
reason-conflict-advice = Let the manager's head call, not the manager. Listen first, do not argue about who was right, and make it good.
reason-manager-change-advice = Introduce the new manager in person, with the customer's history at hand. Ask what the former one did especially well.
reason-neglect-advice = Say plainly that you have not been in touch for too long. Ask what has changed, and agree when you will call next.
reason-assortment-advice = Ask what the customer now buys elsewhere. Bring samples of what is new and suits its business.
reason-loyalty-advice = Thank the customer for its loyalty and give it the reward that it was not given.
reason-competitor-advice = Ask what the other supplier does better. Offer what it cannot; do not speak ill of it.
reason-life-event-advice = Wish the customer well and ask whom it would recommend us to. Offer nothing.
reason-unknown-advice = Ask openly how things are going and whether anything stood in the way of ordering. Write the answer down as the reason for leaving.
