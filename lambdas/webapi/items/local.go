package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/webapi/internal/items"
)

const (
	localAddress = "127.0.0.1:8080"
	// localCaller names the caller to the server on a laptop, which has no tokens:
	//
	//	curl -H 'X-Local-Caller: alice' http://127.0.0.1:8080/items
	//
	// The function in Lambda never reads it.
	localCaller = "X-Local-Caller"
)

// serveLocally serves the API to this machine alone.
func serveLocally(store items.Store, settings items.Config) error {
	slog.Info("serving", "url", "http://"+localAddress+"/items", "callerHeader", localCaller)
	server := &http.Server{
		Addr:              localAddress,
		Handler:           items.New(store, settings, localIdentity()),
		ReadHeaderTimeout: 5 * time.Second,
	}
	return server.ListenAndServe()
}

func localIdentity() httpapi.Identity {
	return httpapi.Identity{
		Subject:   func(r *http.Request) string { return r.Header.Get(localCaller) },
		RequestID: func(r *http.Request) string { return rand.Text() },
	}
}
