package awstest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
)

// template is as CDK writes it: a role with an inline policy, and a policy
// beside it. The parts in capitals are what the tests change.
const template = `{"Resources": {
	"Uploads1": {"Type": "AWS::S3::Bucket"},
	"Thumbs2": {"Type": "AWS::S3::Bucket"},
	"Queue3": {"Type": "AWS::SQS::Queue"},
	"Resize4": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role5", "Arn"]}}},
	"Other6": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role7", "Arn"]}}},
	"Role5": {"Type": "AWS::IAM::Role", "Properties": {
		"Policies": [{"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": READ, "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Uploads1", "Arn"]}, "/*"]]}}
		]}}]
	}},
	"Policy8": {"Type": "AWS::IAM::Policy", "Properties": {
		"Roles": [{"Ref": "Role5"}],
		"PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": WRITE CONDITION}
			EXTRA
		]}
	}},
	"Role7": {"Type": "AWS::IAM::Role", "Properties": {}},
	"Policy9": {"Type": "AWS::IAM::Policy", "Properties": {
		"Roles": [{"Ref": "Role7"}],
		"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
	}}
	RESOURCES
}}`

var names = map[string]string{"Uploads1": "uploads", "Thumbs2": "thumbs"}

// thumbs is the pattern of the thumbnails' objects, as CDK writes it.
const thumbs = `{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "Thumbs2"}, "/*"]]}`

// fill replaces the parts in capitals, which default to what the calls need.
func fill(t *testing.T, parts map[string]string) map[string]any {
	t.Helper()
	all := map[string]string{"READ": `"s3:GetObject"`, "WRITE": thumbs, "CONDITION": "", "EXTRA": "", "RESOURCES": ""}
	maps.Copy(all, parts)
	text := template
	for name, value := range all {
		text = strings.Replace(text, name, value, 1)
	}
	var decoded map[string]any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return decoded
}

func roleOf(t *testing.T, parts map[string]string) *awstest.Role {
	t.Helper()
	role, err := awstest.RoleOf(fill(t, parts), "Resize4", names)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func call(operation, action, resource string) awstest.Call {
	return awstest.Call{Service: "s3", Operation: operation, Actions: []string{action}, Resource: "arn:aws:s3:::" + resource, Status: 200}
}

// calls are what the template's policies are for.
var calls = []awstest.Call{
	call("GetObject", "s3:GetObject", "uploads/a b.jpg"),
	call("PutObject", "s3:PutObject", "thumbs/320/a b.webp"),
}

// fakeT records what CheckRole says.
type fakeT struct {
	testing.TB
	errors []string
}

func (t *fakeT) Helper() {}

func (t *fakeT) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

func check(role *awstest.Role, calls []awstest.Call, exempt map[string]string) []string {
	t := &fakeT{}
	awstest.CheckRole(t, role, calls, exempt)
	return t.errors
}

func TestRoleThatFits(t *testing.T) {
	awstest.CheckRole(t, roleOf(t, nil), calls, nil)
}

// Each mutant of the template has a fault that the check must see, or none.
func TestMutantsOfTheRole(t *testing.T) {
	deny := func(rest string) string { return `, {"Sid": "No", "Effect": "Deny", ` + rest + `}` }
	allow := func(rest string) string { return `, {"Sid": "More", "Effect": "Allow", ` + rest + `}` }
	for name, test := range map[string]struct {
		parts map[string]string
		want  []string // a part of each error, in order
	}{
		"another action": {
			map[string]string{"READ": `"s3:GetObjectTagging"`},
			[]string{"s3:GetObject on arn:aws:s3:::uploads/a b.jpg: no statement allows it", "no call needed s3:GetObjectTagging on arn:aws:s3:::uploads/*"},
		},
		"one action too many": {
			map[string]string{"READ": `["s3:GetObject", "s3:DeleteObject"]`},
			[]string{"no call needed s3:DeleteObject on arn:aws:s3:::uploads/* (Role5.Policies[0][0])"},
		},
		"case of the action": {map[string]string{"READ": `"S3:getobject"`}, nil},
		"wildcard":           {map[string]string{"READ": `"s3:Get*"`}, nil},
		"question mark":      {map[string]string{"READ": `"s3:?etObject"`}, nil},
		"too few marks":      {map[string]string{"READ": `"s3:etObject?"`}, []string{"s3:GetObject on", "no call needed s3:etObject?"}},
		"every action":       {map[string]string{"READ": `"*"`}, nil},
		"two wildcards":      {map[string]string{"READ": `["s3:Get*", "s3:List*"]`}, []string{"no call needed s3:List*"}},
		"narrower resource": {
			map[string]string{"WRITE": `"arn:aws:s3:::thumbs/768/*"`},
			[]string{"s3:PutObject on arn:aws:s3:::thumbs/320/a b.webp: no statement", "no call needed s3:PutObject on arn:aws:s3:::thumbs/768/*"},
		},
		"bucket in place of objects": {
			map[string]string{"WRITE": `{"Fn::GetAtt": ["Thumbs2", "Arn"]}`},
			[]string{"s3:PutObject on", "no call needed s3:PutObject on arn:aws:s3:::thumbs "},
		},
		"bucket and objects": {
			map[string]string{"WRITE": `[{"Fn::GetAtt": "Thumbs2.Arn"}, ` + thumbs + `]`},
			[]string{"no call needed s3:PutObject on arn:aws:s3:::thumbs "},
		},
		"other case of the resource": {
			map[string]string{"WRITE": `"arn:aws:s3:::Thumbs/*"`},
			[]string{"s3:PutObject on", "no call needed"},
		},
		"prefix of the bucket's name": {map[string]string{"WRITE": `"arn:aws:s3:::thumb*"`}, nil},
		"sub":                         {map[string]string{"WRITE": `{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Thumbs2}/*"}`}, nil},
		"sub of an attribute":         {map[string]string{"WRITE": `{"Fn::Sub": ["${Thumbs2.Arn}/${Size}/*", {"Size": "320"}]}`}, nil},
		"a bucket that has no name here": {
			map[string]string{"WRITE": `{"Fn::Join": ["", [{"Fn::GetAtt": ["Elsewhere", "Arn"]}, "/*"]]}`},
			[]string{"s3:PutObject on", "no call needed s3:PutObject on arn:<unresolved Elsewhere.Arn>::::/*"},
		},
		"a name that has no name here": {
			map[string]string{"WRITE": `{"Fn::Sub": "arn:aws:s3:::${Elsewhere}/*"}`},
			[]string{"s3:PutObject on", "no call needed s3:PutObject on arn:aws:s3:::<unresolved Elsewhere>/*"},
		},
		"an import": {
			map[string]string{"WRITE": `{"Fn::ImportValue": "Stack:ExportsOutput"}`},
			[]string{"s3:PutObject on", "no call needed"},
		},

		"deny":                 {map[string]string{"EXTRA": deny(`"Action": "s3:Put*", "Resource": "*"`)}, []string{"thumbs/320/a b.webp: Policy8[1] No denies it"}},
		"deny of another":      {map[string]string{"EXTRA": deny(`"Action": "s3:Delete*", "Resource": "*"`)}, nil},
		"deny before allow":    {map[string]string{"RESOURCES": `, "APolicy": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role5"}], "PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::thumbs/320/*"}]}}}`}, []string{"APolicy[0] denies it"}},
		"deny of all but":      {map[string]string{"EXTRA": deny(`"NotAction": "s3:GetObject", "Resource": "*"`)}, []string{"s3:PutObject on arn:aws:s3:::thumbs/320/a b.webp: Policy8[1] No denies"}},
		"deny elsewhere":       {map[string]string{"EXTRA": deny(`"Action": "*", "NotResource": ["arn:aws:s3:::thumbs/*", "arn:aws:s3:::uploads/*"]`)}, nil},
		"deny but uploads":     {map[string]string{"EXTRA": deny(`"Action": "*", "NotResource": {"Fn::Sub": "${Uploads1.Arn}/*"}`)}, []string{"thumbs/320/a b.webp: Policy8[1] No denies"}},
		"deny without TLS":     {map[string]string{"EXTRA": deny(`"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}`)}, nil},
		"deny other accounts":  {map[string]string{"EXTRA": deny(`"Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}`)}, nil},
		"deny this account":    {map[string]string{"EXTRA": deny(`"Action": "s3:PutObject", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}}`)}, []string{"denies it"}},
		"allow of all but":     {map[string]string{"EXTRA": allow(`"NotAction": ["iam:*", "s3:*"], "Resource": "*"`)}, []string{"no call needed !iam:*,s3:* on *"}},
		"allow but a resource": {map[string]string{"EXTRA": allow(`"Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*"`)}, nil},

		"condition that holds":      {map[string]string{"CONDITION": `, "Condition": {"StringEquals": {"AWS:resourceAccount": ["1", "123456789012"]}}`}, nil},
		"like that holds":           {map[string]string{"CONDITION": `, "Condition": {"StringLike": {"aws:RequestedRegion": "us-*"}, "Bool": {"aws:SecureTransport": true}}`}, nil},
		"condition that fails":      {map[string]string{"CONDITION": `, "Condition": {"StringEquals": {"aws:ResourceAccount": "1"}}`}, []string{"s3:PutObject on", "no call needed s3:PutObject"}},
		"one of two that fails":     {map[string]string{"CONDITION": `, "Condition": {"StringLike": {"aws:RequestedRegion": "us-*"}, "Bool": {"aws:SecureTransport": "false"}}`}, []string{"s3:PutObject on", "no call needed"}},
		"equals with a star":        {map[string]string{"CONDITION": `, "Condition": {"StringEquals": {"aws:RequestedRegion": "us-*"}}`}, []string{"s3:PutObject on", "no call needed"}},
		"key that the call has not": {map[string]string{"CONDITION": `, "Condition": {"StringEquals": {"s3:prefix": ""}}`}, []string{"s3:PutObject on", "no call needed"}},
		"key that it may lack":      {map[string]string{"CONDITION": `, "Condition": {"StringEqualsIfExists": {"s3:prefix": ""}}`}, nil},
		"negated, and lacking":      {map[string]string{"CONDITION": `, "Condition": {"StringNotLike": {"s3:prefix": "a*"}}`}, nil},

		"managed policy in the template": {
			map[string]string{"RESOURCES": `, "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Roles": [{"Ref": "Role5"}], "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}}}`},
			[]string{"no call needed sqs:SendMessage on * (Managed[0])"},
		},
		"role policy": {
			map[string]string{"RESOURCES": `, "Inline": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "Role5"}, "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue3", "Arn"]}}]}}}`},
			[]string{"no call needed sqs:SendMessage on arn:<unresolved Queue3.Arn>"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(roleOf(t, test.parts), calls, nil)
			if !slices.EqualFunc(got, test.want, strings.Contains) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// What cannot be judged from the template is an error.
func TestRolesThatAreErrors(t *testing.T) {
	extra := func(statement string) map[string]string { return map[string]string{"EXTRA": ", " + statement} }
	resource := func(text string) map[string]string { return map[string]string{"RESOURCES": ", " + text} }
	condition := func(text string) map[string]string { return map[string]string{"CONDITION": `, "Condition": ` + text} }
	for name, test := range map[string]struct {
		parts map[string]string
		want  string
	}{
		"unknown operator":        {condition(`{"ForSomeValue:StringEquals": {"s3:prefix": "a"}}`), "operator ForSomeValue:StringEquals"},
		"numeric operator":        {condition(`{"NumericLessThan": {"s3:max-keys": "10"}}`), "operator NumericLessThan"},
		"unknown key":             {condition(`{"StringEquals": {"aws:PrincipalTag/team": "a"}}`), "key aws:principaltag/team"},
		"condition without name":  {condition(`{"StringEquals": {"s3:prefix": {"Ref": "Prefix"}}}`), "no name in the map"},
		"condition without value": {condition(`{"StringEquals": {"s3:prefix": []}}`), "empty list"},
		"not a condition":         {condition(`"yes"`), "not a condition"},
		"policy variable":         {map[string]string{"WRITE": `"arn:aws:s3:::thumbs/${aws:userid}/*"`}, "policy variables"},
		"literal of a Sub":        {map[string]string{"WRITE": `{"Fn::Sub": "${Thumbs2.Arn}/${!aws:userid}/*"}`}, "policy variables"},
		"half an ARN":             {map[string]string{"WRITE": `"arn:aws:s3"`}, "neither * nor a whole ARN"},
		"no ARN":                  {map[string]string{"WRITE": `{"Ref": "Thumbs2"}`}, "neither * nor a whole ARN"},
		"no value":                {map[string]string{"WRITE": `{"Ref": "AWS::NoValue"}`}, "cannot resolve"},
		"If":                      {map[string]string{"WRITE": `{"Fn::If": ["Prod", "*", "*"]}`}, "cannot resolve Fn::If"},
		"deny without name":       {extra(`{"Effect": "Deny", "Action": "*", "Resource": {"Fn::GetAtt": ["Queue3", "Arn"]}}`), "no name in the map"},
		"exclusion without name":  {extra(`{"Effect": "Allow", "Action": "*", "NotResource": {"Fn::GetAtt": ["Queue3", "Arn"]}}`), "no name in the map"},
		"no effect":               {extra(`{"Action": "*", "Resource": "*"}`), "effect is"},
		"two kinds of actions":    {extra(`{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}`), "either Action or NotAction"},
		"no resource":             {extra(`{"Effect": "Allow", "Action": "*"}`), "either Resource or NotResource"},
		"principal":               {extra(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}`), "unknown element Principal"},
		"someone's policy":        {resource(`"P": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": ["by-name"], "PolicyDocument": {}}}`), "cannot tell whose policy"},
		"conditional policy":      {resource(`"P": {"Type": "AWS::IAM::Policy", "Condition": "Prod", "Properties": {"Roles": [{"Ref": "Role5"}], "PolicyDocument": {}}}`), "depends on the condition"},
		"no document":             {resource(`"P": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role5"}]}}`), "no policy document"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := awstest.RoleOf(fill(t, test.parts), "Resize4", names)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	for name, test := range map[string]struct{ role, want string }{
		"AWS managed policy":   {`{"ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]]}]}`, "not in the template"},
		"managed policy by ID": {`{"ManagedPolicyArns": [{"Ref": "Nowhere"}]}`, "not in the template"},
		"boundary":             {`{"PermissionsBoundary": "arn:aws:iam::aws:policy/X"}`, "boundaries"},
	} {
		decoded := fill(t, nil)
		var properties map[string]any
		if err := json.Unmarshal([]byte(test.role), &properties); err != nil {
			t.Fatal(err)
		}
		decoded["Resources"].(map[string]any)["Role5"].(map[string]any)["Properties"] = properties
		if _, err := awstest.RoleOf(decoded, "Resize4", names); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	decoded := fill(t, resource(`"Imported": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::123456789012:role/r"}}`))
	for _, id := range []string{"Imported", "Nowhere", "Uploads1"} {
		if _, err := awstest.RoleOf(decoded, id, names); err == nil {
			t.Errorf("%s passed", id)
		}
	}
}

// A customer-managed policy may be attached from either side.
func TestManagedPolicyOfTheRole(t *testing.T) {
	decoded := fill(t, map[string]string{"RESOURCES": `, "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}}}`})
	role, err := awstest.RoleOf(decoded, "Resize4", names)
	if err != nil || len(role.Denied(calls)) != 0 {
		t.Errorf("a policy that is not attached counts: %v, %v", role, err)
	}
	properties := decoded["Resources"].(map[string]any)["Role5"].(map[string]any)["Properties"].(map[string]any)
	properties["ManagedPolicyArns"] = []any{map[string]any{"Ref": "Managed"}}
	if role, err = awstest.RoleOf(decoded, "Resize4", names); err != nil || len(role.Denied(calls)) != 2 {
		t.Errorf("got %v, %v", role, err)
	}
}

func TestConditionOfTheCall(t *testing.T) {
	role := roleOf(t, map[string]string{"EXTRA": `, {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::GetAtt": ["Uploads1", "Arn"]}, "Condition": {"StringLike": {"s3:prefix": ["in/*"]}}}`})
	list := call("ListObjectsV2", "s3:ListBucket", "uploads")
	for prefix, allowed := range map[string]bool{"in/2026": true, "out/2026": false, "": false} {
		list.Context = map[string][]string{"s3:prefix": {prefix}}
		if got := role.Denied([]awstest.Call{list}); (len(got) == 0) != allowed {
			t.Errorf("%q: got %v", prefix, got)
		}
	}
	list.Context = nil
	if len(role.Denied([]awstest.Call{list})) != 1 {
		t.Error("a list of everything passed")
	}
}

// A wildcard stays in its field of the ARN.
func TestResourcePatterns(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*":                      true,
		"arn:aws:s3:::thumbs/*":  true,
		"arn:*:s3:*:*:thumbs/?":  true,
		"arn:aws:s3:::*":         true,
		"arn:aws:s3:::*/k":       true,
		"arn:aws:*:::th*s/*":     true,
		"arn:aws:s3:*::thumbs/k": true,
		"arn:aws:s3:::thumbs/??": false,
		"arn:aws:s3:::thumbs":    false,
		"arn:aws:s3::1:thumbs/k": false,
		"arn:aws:sqs:::thumbs/k": false,
		"arn:aws:*:thumbs:::/k":  false,
		"arn:*:thumbs/k:::::":    false,
	} {
		role := roleOf(t, map[string]string{"WRITE": `"` + pattern + `"`})
		if got := role.Denied([]awstest.Call{call("PutObject", "s3:PutObject", "thumbs/k")}); (len(got) == 0) != want {
			t.Errorf("%s: got %v", pattern, got)
		}
	}
}

func TestCallsThatCannotBeJudged(t *testing.T) {
	role := roleOf(t, map[string]string{"EXTRA": `, {"Effect": "Allow", "Action": "*", "Resource": "*"}`})
	for name, call := range map[string]awstest.Call{
		"unknown":  {Operation: "Unknown:PUT /b", Status: 200},
		"unsigned": {Operation: "GetObject", Actions: []string{"s3:GetObject"}, Resource: "arn:aws:s3:::uploads/k", Unsigned: true},
	} {
		if got := role.Denied([]awstest.Call{call}); len(got) != 1 {
			t.Errorf("%s: got %v", name, got)
		}
		if got := check(role, append(slices.Clone(calls), call), nil); len(got) != 1 || !strings.Contains(got[0], "denied, 1 times") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestOtherResourcesOfACall(t *testing.T) {
	role := roleOf(t, nil)
	copied := call("CopyObject", "s3:PutObject", "thumbs/k")
	copied.Others = []awstest.Permission{{Action: "s3:GetObject", Resource: "arn:aws:s3:::uploads/k"}}
	awstest.CheckRole(t, role, []awstest.Call{copied}, nil)
	copied.Others[0].Resource = "arn:aws:s3:::elsewhere/k"
	if got := role.Denied([]awstest.Call{copied}); len(got) != 1 || got[0].Permission != copied.Others[0] {
		t.Errorf("got %v", got)
	}
}

// A function that handles "no such key" needs s3:ListBucket, or it gets 403.
func TestMissingObjects(t *testing.T) {
	missing := call("GetObject", "s3:GetObject", "uploads/gone")
	missing.Status = 404
	missing.IfMissing = []awstest.Permission{{Action: "s3:ListBucket", Resource: "arn:aws:s3:::uploads"}}
	if got := check(roleOf(t, nil), append(slices.Clone(calls), missing), nil); len(got) != 1 || !strings.Contains(got[0], "403 and not 404") {
		t.Errorf("got %q", got)
	}
	list := `, {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::GetAtt": ["Uploads1", "Arn"]}}`
	role := roleOf(t, map[string]string{"EXTRA": list})
	awstest.CheckRole(t, role, append(slices.Clone(calls), missing), nil)
	if got := check(role, calls, nil); len(got) != 1 || !strings.Contains(got[0], "no call needed s3:ListBucket") {
		t.Errorf("got %q", got)
	}
}

func TestExemptions(t *testing.T) {
	role := roleOf(t, map[string]string{"EXTRA": `, {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}`})
	if got := role.Unused(calls); !cmp.Equal(got, []awstest.Grant{
		{Statement: "Policy8[1]", Action: "xray:PutTraceSegments", Resource: "*"},
		{Statement: "Policy8[1]", Action: "xray:PutTelemetryRecords", Resource: "*"},
	}) {
		t.Errorf("got %v", got)
	}
	const reason = "Lambda itself sends the trace."
	for _, test := range []struct {
		exempt map[string]string
		want   []string
	}{
		{map[string]string{"xray:*": reason}, nil},
		{map[string]string{"XRAY:puttrace*": reason, "xray:PutTelemetryRecords": reason}, nil},
		{map[string]string{"xray:PutTraceSegments": reason}, []string{"no call needed xray:PutTelemetryRecords"}},
		{map[string]string{"xray:*": " "}, []string{"the exemption of xray:* has no reason"}},
		{map[string]string{"xray:*": reason, "sqs:*": reason}, []string{"the exemption of sqs:* is stale"}},
		{map[string]string{"xray:*": reason, "s3:GetObject": reason}, []string{"the exemption of s3:GetObject is stale"}},
	} {
		if got := check(role, calls, test.exempt); !slices.EqualFunc(got, test.want, strings.Contains) {
			t.Errorf("%v: got %q", test.exempt, got)
		}
	}
	// An exemption is for unused grants: it lets no call pass.
	if got := check(roleOf(t, map[string]string{"READ": `"s3:GetObjectTagging"`}), calls, map[string]string{"s3:GetObject*": reason}); len(got) != 1 || !strings.Contains(got[0], "denied") {
		t.Errorf("got %q", got)
	}
}

func TestNoCalls(t *testing.T) {
	if got := check(roleOf(t, nil), nil, nil); len(got) != 2 {
		t.Errorf("a check without calls passed: %q", got)
	}
}

// From the SDK's request to the verdict, with and without the role in force.
func TestRoleAgainstTheSDK(t *testing.T) {
	fake, proxy, client := start(t, noRetry)
	for _, bucket := range []string{"uploads", "thumbs"} {
		fake.CreateBucket(bucket, true)
	}
	fake.Put("uploads", "a/../写真 +.jpg", []byte("x"), nil)
	role := roleOf(t, nil)
	proxy.Enforce(role)
	ctx := t.Context()
	if _, err := client.GetObject(ctx, get("uploads", "a/../写真 +.jpg")); err != nil {
		t.Error(err)
	}
	if _, err := client.PutObject(ctx, put("thumbs", "320/k.webp", "x")); err != nil {
		t.Error(err)
	}
	awstest.CheckRole(t, role, proxy.Calls(), nil)

	denied := func(err error) {
		t.Helper()
		var apiErr smithy.APIError
		if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "AccessDenied" {
			t.Errorf("got %v", err)
		}
	}
	_, err := client.GetObject(ctx, get("uploads", "gone"))
	denied(err) // and not NoSuchKey: the role may not list
	awstest.CheckRole(t, role, proxy.Calls(), nil)
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("uploads"), Key: new("a/../写真 +.jpg")})
	denied(err)
	in := put("thumbs", "320/k.webp", "x")
	in.IfMatch = new(`"0"`)
	_, err = client.PutObject(ctx, in)
	denied(err)
	if got := len(role.Denied(proxy.Calls())); got != 2 {
		t.Errorf("%d calls are denied", got)
	}
	if len(fake.Keys("uploads")) != 1 {
		t.Error("a denied call had its effect")
	}

	proxy.Enforce(nil)
	_, err = client.GetObject(ctx, get("uploads", "gone"))
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "NoSuchKey" {
		t.Errorf("got %v", err)
	}
	if got := len(role.Denied(proxy.Calls())); got != 3 {
		t.Errorf("%d calls are denied", got)
	}
}
