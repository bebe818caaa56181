package rules

func init() {
	register(Rule{
		Name:  "budget-notices",
		Doc:   "A budget has a limit, and tells somebody both of what was spent and of what will be by its end (AWS Cost Management, Configuring AWS Budgets notifications).",
		Types: []string{"AWS::Budgets::Budget"},
		Check: checkBudget,
	})
}

func checkBudget(t *Template, r *Resource, fault Fault) {
	if r.number("Budget.BudgetLimit.Amount", 0) <= 0 {
		fault("BudgetLimit must be more than 0")
	}
	told := map[string]bool{}
	for _, entry := range list(r.get("NotificationsWithSubscribers")) {
		notice := &Resource{Properties: object(entry)}
		for _, subscriber := range list(notice.get("Subscribers")) {
			if text(object(subscriber)["Address"]) != "" && notice.number("Notification.Threshold", 0) > 0 {
				told[notice.text("Notification.NotificationType")] = true
			}
		}
	}
	for _, kind := range []string{"ACTUAL", "FORECASTED"} {
		if !told[kind] {
			fault("tells nobody of what is %s", kind)
		}
	}
}
