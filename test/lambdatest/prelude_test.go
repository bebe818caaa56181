package lambdatest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// The end of the prelude is found, or missed, at the same place however the response
// was cut into pieces.
func TestWhereAPreludeEnds(t *testing.T) {
	const head = `{"statusCode":200}`
	for name, c := range map[string]struct {
		end  int // where the delimiter ends
		want string
	}{
		"at once":        {len(head) + len(delimiter), ""},
		"at the bound":   {MaxPreludeSize, ""},
		"past the bound": {MaxPreludeSize + 1, "no delimiter in the first 16384 bytes"},
		"far past it":    {MaxPreludeSize + 1000, "no delimiter in the first 16384 bytes"},
	} {
		raw := head + strings.Repeat(" ", c.end-len(head)-len(delimiter)) + string(delimiter) + "body\x00"
		for pieces, reader := range map[string]io.Reader{
			"whole":          strings.NewReader(raw),
			"byte by byte":   iotest.OneByteReader(strings.NewReader(raw)),
			"half and so on": iotest.HalfReader(strings.NewReader(raw)),
		} {
			var body bytes.Buffer
			p := prelude{begin: func(int, http.Header) io.Writer { return &body }}
			_, err := io.Copy(struct{ io.Writer }{&p}, struct{ io.Reader }{reader})
			switch {
			case c.want == "" && (err != nil || body.String() != "body\x00"):
				t.Errorf("%s, %s: got %q, %v", name, pieces, &body, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s, %s: got %v, want %q", name, pieces, err, c.want)
			}
		}
	}
}
