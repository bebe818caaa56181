package awstest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
)

// targetHeader names the operation in services that speak JSON.
const targetHeader = "X-Amz-Target"

// requestID is the one of every answer of ours.
const requestID = "AWSTEST000000000"

// failure is an error of a service, in whatever form the service gives it.
type failure struct {
	status        int
	code, message string
	members       map[string]any // further ones, which only JSON has
}

// protocol is how a family of services tells errors.
type protocol struct {
	write            func(http.ResponseWriter, failure)
	denied, unsigned failure
}

// restXML is the protocol of S3.
var restXML = &protocol{
	write:    writeXML,
	denied:   failure{status: http.StatusForbidden, code: "AccessDenied"},
	unsigned: failure{status: http.StatusForbidden, code: "AccessDenied"},
}

// restJSON is the protocol of services whose operations are paths and whose
// errors are JSON.
var restJSON = &protocol{
	write:    func(w http.ResponseWriter, f failure) { writeJSON(w, "", f) },
	denied:   failure{status: http.StatusForbidden, code: "ForbiddenException"},
	unsigned: failure{status: http.StatusForbidden, code: "MissingAuthenticationTokenException"},
}

// jsonProtocol is the AWS JSON protocol. The namespace goes before the code.
func jsonProtocol(namespace string) *protocol {
	return &protocol{
		write:    func(w http.ResponseWriter, f failure) { writeJSON(w, namespace, f) },
		denied:   failure{status: http.StatusBadRequest, code: "AccessDeniedException"},
		unsigned: failure{status: http.StatusBadRequest, code: "MissingAuthenticationTokenException"},
	}
}

// protocolOf guesses for calls that are unsigned, or of unknown services.
func protocolOf(call *Call) *protocol {
	if svc, ok := services[call.Service]; ok {
		return svc.protocol
	}
	if call.Header.Get(targetHeader) != "" {
		return jsonProtocol("com.amazon.coral.service#")
	}
	return restXML
}

func writeXML(w http.ResponseWriter, f failure) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Amz-Request-Id", requestID)
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName                  xml.Name `xml:"Error"`
		Code, Message, RequestId string
	}{Code: f.code, Message: f.message, RequestId: requestID})
}

// writeJSON has the checksum that DynamoDB sends with every answer, and over
// which its clients compare what they read.
func writeJSON(w http.ResponseWriter, namespace string, f failure) {
	body := map[string]any{"__type": namespace + f.code, "message": f.message}
	maps.Copy(body, f.members)
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Errorf("awstest: members of the fault %s: %w", f.code, err))
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.Header().Set("X-Amzn-Errortype", f.code)
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(text)))
	w.WriteHeader(f.status)
	_, _ = w.Write(text)
}
