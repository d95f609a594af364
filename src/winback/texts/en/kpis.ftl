# The statistics.

kpis-customers-now = Customers now
kpis-customers-ever = of { COUNT($count, "customers") } who ever bought
kpis-of-months = { NUM($count) ->
    [one] in the last whole month
   *[other] in the last { NUM($count) } whole months
}
kpis-average-order = Average order
kpis-repeat-rate = Buy more than once
kpis-lifetime-value = Lifetime value of a customer
kpis-lifetime-value-note = margin, discounted

report-month = Month
report-quarter = Quarter
kpis-at-start = At start
kpis-new = New
kpis-returned = Came back
kpis-lost = Lost
kpis-churn-rate = Churn
kpis-retention-rate = Retention
kpis-lost-profit = Lost profit
kpis-revenue = Revenue
kpis-revenue-new = new customers
kpis-revenue-returning = returning customers
kpis-revenue-resurrected = customers who came back
kpis-share = Share
kpis-only = By this rule alone
kpis-rule = Counts as lost

kpis-chart-moves = customers lost, back and new
kpis-chart-revenue = revenue by kind of customer
kpis-by-month = By month
kpis-by-quarter = By quarter
kpis-by-dimension = Where customers are lost
kpis-rules = Who counts as lost today
kpis-incomplete = not complete
kpis-small = few customers
kpis-value-unknown = not known
kpis-rule-off = not switched on

kpis-rule-silence = no order for { COUNT($days, "days") }
kpis-rule-nps = last answer 6 or less of 10
kpis-rule-conflict = open conflict
kpis-rule-enquiries = more than three enquiries and nothing bought since

kpis-recent = Tables by dimension: { DATE($on) } to { DATE($until) }. Pale rows: incomplete, or fewer than 30 customers.
kpis-note-no-dimension = By { $dimension }: not shown, for the data does not say it.
kpis-note-no-rule = “{ $rule }” is switched on, but the data does not have what it needs.
kpis-note-folded = By { $dimension }: the { NUM($folded) } smallest groups are shown together as “…”.
kpis-note-too-short = Who is lost cannot be told by month yet: customers count as lost after { COUNT($days, "days") } without an order, and the data is hardly longer.
kpis-note-no-margin = Orders carry no margin; { PERCENT($rate) } of the amount is taken for it.

kpis-definitions = How these are worked out
kpis-definitions-words = Churn: customers at the start who are none at the end, over customers at the start. Retention: customers at the end without those who joined, over customers at the start. Lost profit: average margin of a customer in the period × customers lost. Revenue: what new, returning and resurrected customers bought; the three add up. Lifetime value: yearly margin × (1 + discount rate) / (1 + discount rate − retention). Rates are worked out from totals, never averaged from rates. At the start of the data nobody can be called new, lost or back yet; such cells are empty.

kpis-total = All
kpis-note-today = Regions, departments and other columns of customers are those of today. A customer's manager is who looked after it at its last purchase before the end of the period.
kpis-other-reasons = other reasons
kpis-losses = Losses by reason
kpis-losses-words = Customers lost in each of the last whole months, with the margin that they earned in the year before the end of that month. All three tables add up to the same totals; who came back and was lost again counts twice. Reasons are told of customers that are lost today; those who came back since stand under unknown.
kpis-losses-month = By reason and month
kpis-losses-manager-id = By reason and manager at the last purchase
kpis-losses-region = By reason and region
kpis-drivers = Which grievances grow
kpis-drivers-words = Share of the active customers that live through each now: at least one late delivery, defect, slow answer, complaint or act without reward in half a year, a conflict or another manager in a year, dearer products, a smaller discount, a longer silence of ours. Below each earlier share: the change since in percentage points with its 90 % interval; unclear where that holds zero or fewer than ten customers are concerned.
kpis-driver-now = Now
kpis-driver-before = { NUM($count) ->
    [one] One month before
   *[other] { NUM($count) } months before
}
kpis-driver-customers = { NUM($living) } of { NUM($count) }
kpis-driver-change = { $change } ({ $low } … { $high }): { $verdict }
kpis-driver-grows = grows
kpis-driver-falls = falls
kpis-driver-cannot-tell = unclear
