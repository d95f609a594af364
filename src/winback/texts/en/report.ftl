# The page for people.

report-title = Customers to keep and to win back
report-as-of = as of { DATE($on) }
report-contents = Contents
report-footer = Made by winback. This page loads nothing from the network; the whole list stands beside it in ranking.xlsx.
report-columns = columns

report-section-list = The list
report-section-money = The money
report-section-reasons = Reasons
report-section-quality = How sure we are
report-section-statistics = Statistics
report-section-outcomes = Past cycles
report-section-data = The data
report-section-origin = How it was made

# the week in plain words
report-headline-leaving = About { NUM($leaving) } of { COUNT($active, "customers") } who are still active are expected to leave.
report-headline-leaving-within = About { NUM($leaving) } of { COUNT($active, "customers") } who are still active are expected to leave: no order in the next { COUNT($days, "days") }.
report-headline-lapsed = { NUM($count) ->
    [one] One more has already gone quiet.
   *[other] { NUM($count) } more have already gone quiet.
}
report-headline-contacts = { NUM($count) ->
    [one] One customer is worth contacting
   *[other] { NUM($count) } customers are worth contacting
}: it costs { MONEY($cost) } and is expected to earn { MONEY($net_value) } on top of that.
report-headline-nobody = In this cycle there is nobody whom it pays to contact.
report-trust-assumed = The expected gain rests on assumptions from the settings: no past offers have been measured yet.
report-trust-measured = The expected gain rests on measured effects of past offers.
report-trust-partly = For { PERCENT($share) } of the contacts the expected gain rests on measured effects of past offers, for the others on assumptions.

report-tile-leaving = Expected to leave
report-tile-leaving-note = { PERCENT($share) } of the active; { MONEY($value) } of margin at risk
report-tile-contacts = Worth contacting
report-tile-contacts-note = { NUM($count) ->
    [0] nobody held out to measure
   *[other] and { NUM($count) } left alone on purpose, to measure
}
report-tile-cost = Expected cost
report-tile-of-budget = of a budget of { MONEY($budget) }
report-tile-net = Expected to earn, after costs
report-tile-net-note = between { MONEY($low) } and { MONEY($high) }

# the list
report-list-lead = Ordered by what the best action is expected to earn. Open a row for what to say and for the arithmetic.
report-head-customer = Customer
report-head-risk = Risk of leaving
report-head-reason = Why
report-head-action = What to do
report-head-net = Expected to earn
report-list-cut = { NUM($shown) } of { COUNT($total, "customers") } are shown; all of them stand in ranking.xlsx.
report-no-customers = There are no customers to rank.
report-filter-decision = Decision
report-filter-all = all
report-filter-search = Search
report-filter-shown = of
report-filter-none = No customer in this list fits.
report-manager = Manager
report-details = What to say, and why
report-silence = last order { COUNT($days, "days") } ago
report-worth = worth { $value } if kept
report-no-reason = No reason could be given.
report-arithmetic = { $uplift } better chance of keeping ({ $low } to { $high }, { $source ->
    [measured] measured
   *[assumed] assumed
}) × { MONEY($value) } if kept − { MONEY($cost) } expected cost = { MONEY($net_value) }

decision-name-contact = contact
decision-name-contact-note = the best action pays and fits the limits
decision-name-holdout = left alone to measure
decision-name-holdout-note = would have been contacted; drawn at random, to see what happens without
decision-name-excluded = excluded
decision-name-excluded-note = must not or cannot be approached
decision-name-not-worth-it = not worth it
decision-name-not-worth-it-note = no action earns more than it costs
decision-name-no-budget = no budget left
decision-name-no-budget-note = would pay, but others pay more
decision-name-no-capacity = no capacity left
decision-name-no-capacity-note = would pay, but the action or the manager is fully booked

# the money
report-budget = Budget
report-budget-none = no limit
report-budget-left = { MONEY($left) } left
report-spend = Expected spend
report-gain-per-unit = each unit spent returns itself and { $ratio } more
report-net = Expected net value
report-kept = Customers kept by it
report-kept-note = who would have left without
report-cost = Cost
report-contacts = Contacts
report-action = Action
report-this-cycle = this cycle
report-decisions = What was decided
report-by-action = By action
report-by-manager = By manager
report-curve = What another budget would earn
report-curve-note = Each further unit of money earns less than the one before.
report-no-curve = The curve of spend and gain was not worked out for this run.
report-one-more = One more { $unit } of budget would earn { $gain } after paying for itself.
report-one-more-place-action = One more place for “{ $action }” would earn { MONEY($gain) }, more than one more of any other capacity.
report-one-more-place-manager = One more contact by manager { $manager } would earn { MONEY($gain) }, more than one more of any other capacity.
report-one-more-place-both = One more “{ $action }” by manager { $manager } would earn { MONEY($gain) }, more than one more of any other capacity.
report-one-more-nothing = More budget would earn nothing: everyone who pays is contacted already.
report-gap = No other choice within the same limits could be expected to earn more than { $gap } above this one.
report-holdout = { NUM($count) ->
    [one] One customer was
   *[other] { NUM($count) } customers were
} left alone on purpose. What they do by themselves shows in a few months what the contacts really changed.
report-explore = Trying second-best actions on a few contacts, to learn about them, is expected to cost { MONEY($price) }.
report-more-rows = and { NUM($count) } more

# the reasons
report-reason = Reason
report-customers = Customers
report-expected-leaving = Expected to leave
report-expected-lost = Expected to stay away
report-at-risk = Value at risk
report-reasons-lead = The first reason of each customer. Value at risk is the chance of losing the customer times what it is worth if kept.
report-reasons-unknown = For { PERCENT($share) } of the customers the data supports no reason; the list then names the symptom only.
report-no-reasons = The data supports no reasons: there are no deliveries, tickets, prices, contacts or changes of manager from which they could be told.
population-active-long = Active customers
population-lapsed-long = Customers who have gone quiet

# the model
report-quality-lead = Compared with simple rules, on outcomes that the model had not seen.
report-tested = Tested on what happened between { DATE($on) } and { DATE($until) }.
report-untested = { $population }: not tested, for there are too few outcomes to test on.
report-test-size = { NUM($rows) } cases, of which { PERCENT($share) } were lost.
report-auc-words = Given one customer who leaves and one who stays, the model names the right one in { PERCENT($pairs) } of such pairs (a coin: { PERCENT(0.5) }).
report-lift-words = Among the tenth with the highest risk there are { $times } times as many leavers as on average.
report-predictor = Predicted by
predictor-model = the model
predictor-logistic = logistic regression on recency, frequency, money
predictor-cadence = silence against the customer's own rhythm
predictor-recency = days since the last order
metric-auc = AUC
metric-average-precision = Average precision
metric-lift-10 = Lift, top 10 %
metric-brier = Brier score
metric-log-loss = Log loss
metric-calibration-error = Calibration error
report-metrics = What the columns mean
report-metrics-words = AUC: share of pairs of a leaver and a stayer in which the leaver has the higher risk; 0.5 is guessing, 1 is perfect. Average precision: share of leavers among those named, averaged over all lengths of the list. Lift: leavers among the 10 % with the highest risk, against the average. Brier score, log loss: error of the probabilities, smaller is better. Calibration error: how far the probabilities are off on average, smaller is better. Below each figure: its 90 % interval.
report-calibration = Predicted and real
report-calibration-note = Each dot is a group of customers with a similar risk. On the dashed line the prediction is exactly right; the bars are 90 % intervals.
report-predicted = predicted share of leavers
report-observed = real share
report-importance = What the model looks at
report-importance-note = Weight of each feature in the risk. These are signs, not reasons: a customer who is leaving orders less whatever the reason.
report-no-quality = The model has not been tested on outcomes that it had not seen, so nothing can be said about its quality.

report-no-statistics = No statistics were worked out for this run.
report-no-outcomes = There are no past cycles to look back at. They are measured when the offers of a cycle have had their time.
report-no-data = What reading the input found was not kept for this run.
report-no-manifest = The run left no manifest.
report-origin-lead = Versions, settings, digests of the input and timings: enough to repeat the run exactly. The same stands in manifest.json.
report-manifest = Show everything

# past cycles
outcomes-lead = Those contacted beside those left alone at random. Only the difference was earned; what comes back by itself is no success.
outcomes-cycle = Cycle
outcomes-action = Action
outcomes-reason = Reason
outcomes-manager-id = Manager
outcomes-all = all
outcomes-treated = Contacted
outcomes-holdout = Left alone
outcomes-kept-treated = Kept, contacted
outcomes-kept-holdout = Kept, left alone
outcomes-incremental-customers = Customers gained
outcomes-incremental-margin = Margin gained
outcomes-cost = Cost
outcomes-return-on-cost = Return on cost
outcomes-status = State
outcomes-status-open = still open
outcomes-status-measured = measured
outcomes-status-no-control = no control group
outcomes-remark-open = Cycles that are still open: the customers' time to order has not passed yet.
outcomes-remark-no-control = Where nobody was left alone, nothing can be called won back: the customers might have come by themselves.

# the data
data-table = Table
data-read = Rows read
data-kept = Used
data-bad = Set aside
data-first = From
data-last = Until
data-without = without { $columns }
data-note-absent = Not there, so what needs them is left out: { $tables }.
data-note-empty = { $table }: { $file } is empty.
data-note-no-rows = { $table }: no rows in { $files }.
data-note-stale = orders: the last one lies { COUNT($days, "days") } before { DATE($on) }, the day of the run; if that is because later orders are missing, everybody looks lost: provide them, or set run.as_of to latest.
data-note-late = { $table }: { NUM($count) ->
    [one] { NUM($count) } row lies at or after { DATE($on) } and is
   *[other] { NUM($count) } rows lie at or after { DATE($on) } and are
} not looked at.
data-quarantine = Set aside
data-clean = No row had to be set aside.
data-column = Column
data-rule = Rule
data-rows = Rows
data-example = Example

# names of the dimensions of customers
dimension-region = region
dimension-channel = channel
dimension-department = department
dimension-industry = industry
dimension-manager-id = manager
dimension-reason = reason

# the columns of the ranking
column-rank = Place in the list, 1 is the best.
column-customer-id = The customer.
column-as-of = The day of the run: what became known from then on is not used.
column-population = active: has ordered recently; lapsed: has not for a long time.
column-churn-probability = Chance that the customer does not order within the horizon if nothing is done.
column-value-if-kept = Discounted margin over the value horizon if kept, minus the same if not kept.
column-value-at-risk = churn_probability × value_if_kept.
column-reason-1 = The strongest reason for leaving, or unknown.
column-reason-1-text = Its evidence in numbers.
column-reason-2 = The second reason.
column-reason-2-text = Its evidence.
column-reason-3 = The third reason.
column-reason-3-text = Its evidence.
column-action = The best action; empty where none is possible. For customers who are not contacted: the one that they would have had.
column-uplift = By how much the action raises the chance of keeping the customer.
column-uplift-low = Lower end of its 90 % interval.
column-uplift-high = Upper end of its 90 % interval.
column-uplift-source = assumed: from the settings; measured: from past offers and their holdouts.
column-expected-cost = Expected cost of the action: contact cost plus offer cost × chance that the offer is taken up.
column-expected-net-value = uplift × value_if_kept − expected_cost.
column-decision = contact, holdout (left alone to measure), excluded, not_worth_it, no_budget or no_capacity.
column-decision-text = The decision in words.
column-manager-id = Who looks after the customer.
column-days-since-order = Days since the last order.
column-model-version = Which model gave the risk.
