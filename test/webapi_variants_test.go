package test

// webAPIVariants have what WebApi has on request alone.
var webAPIVariants = []variant{
	{"dev-logrole", map[string]any{"webapi.logRole": "true"}, "WebApi"},
	{"prod-origins", map[string]any{
		"stage": "prod", "webapi.logRole": "true", "webapi.allowedOrigins": "https://app.example.com,https://admin.example.com",
	}, "WebApi"},
}
