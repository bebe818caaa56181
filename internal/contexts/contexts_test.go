package contexts

import (
	"reflect"
	"testing"
	"time"
)

// kinds reads one value of each kind, under the name "it".
var kinds = map[string]func(r *Reader) any{
	"text":       func(r *Reader) any { return r.Text("it") },
	"one of":     func(r *Reader) any { return r.OneOf("it", "a", "b") },
	"yes":        func(r *Reader) any { return r.Yes("it") },
	"number":     func(r *Reader) any { return r.Number("it") },
	"percentage": func(r *Reader) any { return r.Percentage("it") },
	"duration":   func(r *Reader) any { return r.Duration("it") },
	"some of":    func(r *Reader) any { return r.SomeOf("it", "a", "b") },
	"list":       func(r *Reader) any { return r.List("it") },
	"email":      func(r *Reader) any { return r.Email("it") },
}

func TestKinds(t *testing.T) {
	for _, test := range []struct {
		kind  string
		value any
		want  any
		err   string
	}{
		{"text", nil, "", ""},
		{"text", "x", "x", ""},
		{"text", true, "", "context it must be text, got true"},
		{"one of", nil, "a", ""},
		{"one of", "", "a", ""},
		{"one of", "b", "b", ""},
		{"one of", "B", nil, `context it must be a or b, got "B"`},
		{"yes", nil, false, ""},
		{"yes", "true", true, ""},
		{"yes", "yes", nil, `context it must be false or true, got "yes"`},
		{"number", nil, 0, ""},
		{"number", "12", 12, ""},
		{"number", "0", nil, `context it must be a positive number, got "0"`},
		{"number", "-1", nil, `context it must be a positive number, got "-1"`},
		{"number", "many", nil, `context it must be a positive number, got "many"`},
		{"percentage", nil, 0.0, ""},
		{"percentage", "0.5", 0.5, ""},
		{"percentage", "100", 100.0, ""},
		{"percentage", "101", nil, `context it must be a number above 0, up to 100, got "101"`},
		{"percentage", "0", nil, `context it must be a number above 0, up to 100, got "0"`},
		{"percentage", "NaN", nil, `context it must be a number above 0, up to 100, got "NaN"`},
		{"duration", nil, time.Duration(0), ""},
		{"duration", "90s", 90 * time.Second, ""},
		{"duration", "60", nil, `context it must be a time such as 90s, 5m or 1h, got "60"`},
		{"duration", "-1s", nil, `context it must be a time such as 90s, 5m or 1h, got "-1s"`},
		{"some of", nil, []string(nil), ""},
		{"some of", "b,a", []string{"b", "a"}, ""},
		{"some of", "a,c", nil, `context it must be of a, b, between commas, got "c"`},
		{"list", "x,y", []string{"x", "y"}, ""},
		{"email", nil, "", ""},
		{"email", "ops@example.com", "ops@example.com", ""},
		{"email", "Ops <o@e.c>", nil, `context it must be an address such as ops@example.com, got "Ops <o@e.c>"`},
	} {
		r := New(map[string]any{"it": test.value})
		got := kinds[test.kind](r)
		switch err := r.Err(); {
		case test.err == "" && (err != nil || !reflect.DeepEqual(got, test.want)):
			t.Errorf("%s of %v: got %v and %v, want %v", test.kind, test.value, got, err, test.want)
		case test.err != "" && (err == nil || err.Error() != test.err):
			t.Errorf("%s of %v: got %v, want %s", test.kind, test.value, err, test.err)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	r := New(map[string]any{"b": "1", "zz": "1", "yy": "1", "@aws-cdk/core:x": true, "vpc-provider:account=1": 7})
	r.Text("b")
	r.Text("a")
	if r.RefuseOthers(); r.Err() == nil || r.Err().Error() != "context yy, zz is not known: there are b, a" {
		t.Errorf("got %v", r.Err())
	}
	if !r.Has("b") || r.Has("a") {
		t.Error("what is given is told wrongly")
	}
}

func TestTheFirstFaultIsTold(t *testing.T) {
	r := New(map[string]any{"a": "x", "b": "y"})
	r.Number("a")
	r.Number("b")
	if r.RefuseOthers(); r.Err() == nil || r.Err().Error() != `context a must be a positive number, got "x"` {
		t.Errorf("got %v", r.Err())
	}
}
