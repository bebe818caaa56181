package settings

import "testing"

func TestWebApi(t *testing.T) {
	part := func(s Settings) WebApi { return s.WebApi }
	testRead(t, nil, part, WebApi{})
	testRead(t, map[string]any{
		"webapi.allowedOrigins": "https://a.example.com,https://b.example.com", "webapi.logRole": "true",
	}, part, WebApi{AllowedOrigins: []string{"https://a.example.com", "https://b.example.com"}, LogRole: true})
	testBad(t, map[string]map[string]any{
		`context webapi.logRole must be false or true, got "yes"`: {"webapi.logRole": "yes"},
	})
}
