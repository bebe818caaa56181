package awstest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
)

// Moto is a stand-in for several AWS services, in a process of its own. It takes
// every call for one of account [AccountID], enforces no permissions, and lets
// nothing die of its time to live.
type Moto struct {
	// URL is its endpoint, for all services.
	URL string

	t      testing.TB
	server *motoServer
}

// motoMissing tells how to come by moto.
const motoMissing = "moto_server is not installed: pip install 'moto[server]'"

// StartMoto gives the test a moto of its own, empty, for the services that it
// names as they are named in signatures, such as "dynamodb"; a call of another
// service gets 501. The test is skipped where moto is not installed, and fails
// instead where CI is set in the environment.
//
// DynamoDB runs one request at a time: moto looks at a condition and writes
// afterwards, and between the two lets others write what AWS would refuse.
func StartMoto(t testing.TB, services ...string) *Moto {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal("awstest: " + motoMissing)
	case err != nil:
		t.Skip("awstest: " + motoMissing)
	case len(services) == 0:
		t.Fatal("awstest: StartMoto needs the names of services")
	}
	server, err := takeMoto(path)
	if err != nil {
		t.Fatalf("awstest: moto: %v", err)
	}
	m := &Moto{t: t, server: server}
	// Moto loads a service at its first call, which would be on the function's time.
	for _, service := range services {
		if err := server.load(service); err != nil {
			server.kill()
			t.Fatalf("awstest: moto: %v", err)
		}
	}
	front := httptest.NewServer(m.front(services))
	m.URL = front.URL
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		if t.Failed() {
			t.Logf("awstest: end of the log of moto:\n%s", server.log())
		}
		server.release()
	})
	return m
}

// front stands before moto's process.
func (m *Moto) front(services []string) http.Handler {
	backend, err := url.Parse(m.server.url)
	if err != nil {
		m.t.Fatalf("awstest: moto: %v", err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(backend) },
		Transport: m.server.transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "awstest: moto: "+err.Error(), http.StatusBadGateway)
		},
	}
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, service, _ := credentialScope(r.Header, r.URL.Query())
		if !slices.Contains(services, service) {
			drain(r.Body)
			protocolOf(&Call{Service: service, Header: r.Header}).write(w, failure{
				status: http.StatusNotImplemented, code: "NotImplemented",
				message: fmt.Sprintf("awstest: the test has started moto for %q, and not for %q", services, service),
			})
			return
		}
		if service != "dynamodb" {
			pass.ServeHTTP(w, r)
			return
		}
		// The whole request comes first: a slow caller must not hold up the others.
		body, err := readBody(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		// Moto works on when a caller hangs up, and so the next must wait for it. A
		// context that nothing can end would make ReverseProxy look at the caller itself.
		ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = io.NopCloser(bytes.NewReader(body))
		one.Lock()
		defer one.Unlock()
		pass.ServeHTTP(w, r)
	})
}

// CreateTable creates the table that a synthesized template declares as an
// AWS::DynamoDB::Table or AWS::DynamoDB::GlobalTable, under a name: its keys,
// indexes, stream and time to live.
func (m *Moto) CreateTable(template map[string]any, logicalID, name string) {
	m.t.Helper()
	requests, err := tableRequests(template, logicalID, name)
	if err != nil {
		m.t.Fatalf("awstest: table %s: %v", logicalID, err)
	}
	for _, request := range requests {
		status, answer, err := m.server.call("dynamodb", "DynamoDB_20120810."+request.operation, request.body)
		if err != nil || status != http.StatusOK {
			m.t.Fatalf("awstest: table %s: %d %s %v", logicalID, status, answer, err)
		}
	}
}

// load makes moto load a service: it does that for a call that nobody knows, too.
func (s *motoServer) load(service string) error {
	_, _, err := s.call(service, "AWSTest_20120810.Load", nil)
	return err
}

// call makes a request of AWS JSON.
func (s *motoServer) call(service, target string, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequest(http.MethodPost, s.url+"/", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AWSTEST/20260101/"+Region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set(targetHeader, target)
	return s.do(request)
}

func (s *motoServer) do(request *http.Request) (status int, answer []byte, err error) {
	client := &http.Client{Transport: s.transport, Timeout: motoTimeout}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
