package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnescapedReferences(t *testing.T) {
	for _, c := range []struct {
		name, template string
		want           []string
	}{
		{"text alone", `Action=SendMessage&Cost=$5#1`, nil},
		{"a body", `a=$input.body&b=$!input.body&c=${input.body}!`, []string{"$input.body", "$!input.body", "${input.body}"}},
		{"a body with a method", `$input.path("$.a[0]").replaceAll(")", "").trim();`, []string{`$input.path("$.a[0]").replaceAll(")", "").trim()`}},
		{"escaped", `$util.urlEncode($input.body)&${util.urlEncode($input.path('$.a'))}`, nil},
		{"escaped, and more", `$util.urlEncode($input.body).concat($input.body)`, []string{`$util.urlEncode($input.body).concat($input.body)`}},
		{"what API Gateway says", `$context.requestId ${context.requestTimeEpoch}`, nil},
		{"what the caller says of itself", `$context.identity.userAgent`, []string{"$context.identity.userAgent"}},
		{"variables", `#set($a = $context.requestId)#set($b = "x-$a")$b.substring(0, 3)`, nil},
		{"a variable with two values", `#set($a = "")#if($b)#set( $!{a} = $input.body )#end$a`, []string{"$a"}},
		{"an argument", `#set($a = "")$a.concat($input.body)`, []string{"$a.concat($input.body)"}},
		{"a variable of a variable", `#set($a = $input.body)#set($b = "${a}")$b`, []string{"$b"}},
		{"variables of each other", `#set($a = $b)#set($b = $a)$a`, nil},
		{"a loop", `#foreach($a in $input.params().header.keySet())#set($b = $a)#end$b`, []string{"$b"}},
		{"a condition writes nothing", `#if($input.body == ")")one#elseif($input.body)two#{else}three#end`, nil},
		{"an unknown variable", `$nothing`, []string{"$nothing"}},
	} {
		parsed, err := parseVelocity(c.template)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, parsed.unescaped()); diff != "" && len(c.want)+len(parsed.unescaped()) > 0 {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, template := range []string{"#evaluate($a)", "#parse", "#macro(a)b#end", "#set($a)", "#{break}"} {
		if _, err := parseVelocity(template); err == nil {
			t.Errorf("%s is accepted", template)
		}
	}
}
