package modeltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// getSecretValue is the one operation of Secrets Manager that a function calls.
func (s *Server) getSecretValue(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct{ SecretId string }
	err := json.Unmarshal(body, &in)
	s.mu.Lock()
	s.total.SecretReads++
	value, ok := s.secrets[in.SecretId]
	s.mu.Unlock()

	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case err != nil || !strings.Contains(r.Header.Get("Authorization"), "/secretsmanager/aws4_request"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(encode(object{"__type": "UnrecognizedClientException", "message": unauthentic.message}))
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(encode(object{"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret."}))
	default:
		_, _ = w.Write(encode(object{
			"ARN": in.SecretId, "Name": "model-key", "SecretString": value, "CreatedDate": 1.7e9,
			"VersionId": "00000000-0000-4000-8000-000000000001", "VersionStages": []string{"AWSCURRENT"},
		}))
	}
}
