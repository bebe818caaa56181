package settings

import "refstack/internal/contexts"

// WebApi are the contexts webapi.… of the stack WebApi.
type WebApi struct {
	// AllowedOrigins are the web pages that may call the API, by commas. Defaults
	// to none.
	AllowedOrigins []string
	// LogRole has the stack make the account's role for API Gateway's logs.
	// Defaults to false.
	LogRole bool
}

func readWebApi(r *contexts.Reader) WebApi {
	return WebApi{
		AllowedOrigins: r.List("webapi.allowedOrigins"),
		LogRole:        r.Yes("webapi.logRole"),
	}
}
