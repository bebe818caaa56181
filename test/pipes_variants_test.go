package test

// pipesVariants have the whole catalogue of Pipes.
var pipesVariants = []variant{
	{"dev-all", map[string]any{"pipes.targets": "all"}, "Pipes"},
	{"prod-all", map[string]any{"stage": "prod", "alarmEmail": "ops@example.com", "pipes.targets": "all", "pipes.logRole": "true"}, "Pipes"},
}
