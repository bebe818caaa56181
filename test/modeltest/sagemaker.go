package modeltest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// sageMaker is InvokeEndpoint, with a container behind it that speaks the chat
// API, as LMI, TGI and vLLM do.
type sageMaker struct{ chat }

func (sageMaker) service() string { return "sagemaker" }

func (s sageMaker) parse(r *http.Request, body []byte) (Call, error) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/endpoints/"), "/")
	if len(parts) != 2 || (parts[1] != "invocations" && parts[1] != "invocations-response-stream") {
		return Call{}, fmt.Errorf("there is no operation %s", r.URL.Path)
	}
	c, err := s.chat.parse(r, body)
	if err != nil {
		return Call{}, err
	}
	if streamed := parts[1] == "invocations-response-stream"; streamed != c.Streamed {
		return Call{}, fmt.Errorf("the operation and stream in the body must be of one mind")
	}
	if r.Header.Get("Content-Type") != "application/json" {
		return Call{}, fmt.Errorf("the container takes JSON, got %q", r.Header.Get("Content-Type"))
	}
	c.Protocol, c.Component = SageMaker, r.Header.Get("X-Amzn-SageMaker-Inference-Component")
	c.Model, err = url.PathUnescape(parts[0])
	return c, err
}

// container marks what is the container's own error: SageMaker hands it on as a
// ModelError.
const container = "container"

func (sageMaker) problem(f Fault) (problem, bool) {
	p, ok := map[Fault]problem{
		Throttle: {400, "ThrottlingException", "Rate exceeded"},
		Crowded:  {429, container, "The queue is full."},
		Overload: {503, "ServiceUnavailable", "The service is unavailable."},
		NotReady: {429, "ModelNotReadyException", "The model is not ready."},
		Fail:     {500, "InternalFailure", "An internal failure occurred."},
		Deny:     {403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: sagemaker:InvokeEndpoint"},
		Missing:  {400, "ValidationError", "Endpoint chat-endpoint of account 123456789012 not found."},
		Misname:  {400, "ValidationError", "Inference Component Name header is required for endpoints to which you plan to deploy inference components."},
		Reject:   {400, container, "This model's maximum context length is 4096 tokens."},
		Break:    {500, container, "CUDA out of memory."},
	}[f]
	return p, ok
}

func (sageMaker) error(w http.ResponseWriter, p problem) {
	if p.code != container {
		awsError(w, p, object{"Message": p.message})
		return
	}
	original := p.status
	p.status, p.code = http.StatusFailedDependency, "ModelError"
	awsError(w, p, object{
		"Message":            fmt.Sprintf("Received client error (%d) from primary with message %q.", original, p.message),
		"OriginalStatusCode": original, "OriginalMessage": p.message, "LogStreamArn": "arn:aws:logs:eu-central-1:123456789012:x",
	})
}

func (sageMaker) streamType() string { return "application/vnd.amazon.eventstream" }

// parts cuts what the container wrote in two, as SageMaker cuts it anywhere.
func (sageMaker) parts(written []byte) []byte {
	if len(written) == 0 {
		return nil
	}
	half := len(written) / 2
	return append(
		event("PayloadPart", "application/octet-stream", written[:half]),
		event("PayloadPart", "application/octet-stream", written[half:])...)
}

func (s sageMaker) first(a answer) []byte { return s.parts(s.chat.first(a)) }

func (s sageMaker) piece(a answer, text string) []byte {
	if text == marked {
		return s.parts([]byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xff\xfe\"},\"finish_reason\":null}]}\n\n"))
	}
	return s.parts(s.chat.piece(a, text))
}

func (s sageMaker) stopped(a answer) []byte { return s.parts(s.chat.stopped(a)) }
func (s sageMaker) counted(a answer) []byte { return s.parts(s.chat.counted(a)) }
func (s sageMaker) malformed() []byte       { return s.parts(s.chat.malformed()) }

func (s sageMaker) failed(f Fault) []byte {
	if f == Break {
		return exception("ModelStreamError", object{"Message": "The container closed the stream.", "ErrorCode": "ModelInvocationTimeExceeded"})
	}
	p, _ := s.problem(f)
	return exception("ThrottlingException", object{"Message": p.message})
}
