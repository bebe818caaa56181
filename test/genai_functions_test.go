package test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
	"refstack/test/cdktest"
	"refstack/test/lambdatest"
)

// genaiBinaries is the folder of the functions' binaries.
var genaiBinaries = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(cdktest.Root(), ".build", "genai-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", dir+"/", "./lambdas/genai/...")
	build.Dir, build.Env = cdktest.Root(), append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return dir, nil
})

// startGenAi starts a function of the architecture, by the name of its folder.
func startGenAi(t testing.TB, name string, timeout time.Duration, env ...map[string]string) *lambdatest.Function {
	t.Helper()
	dir, err := genaiBinaries()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, some := range env {
		maps.Copy(all, some)
	}
	return lambdatest.Start(t, filepath.Join(dir, name), &lambdatest.Options{
		Env: all, MemoryMiB: 256, Timeout: timeout, FunctionName: name,
	})
}

// genaiTables is a template with the tables of the architecture.
var genaiTables = map[string]any{"Resources": map[string]any{
	"Jobs":        genaiTable("owner", "job", true),
	"Connections": genaiTable("owner", "connection", false),
}}

func genaiTable(partition, sort string, streams bool) map[string]any {
	properties := map[string]any{
		"AttributeDefinitions": []any{
			map[string]any{"AttributeName": partition, "AttributeType": "S"},
			map[string]any{"AttributeName": sort, "AttributeType": "S"},
		},
		"KeySchema": []any{
			map[string]any{"AttributeName": partition, "KeyType": "HASH"},
			map[string]any{"AttributeName": sort, "KeyType": "RANGE"},
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
	}
	if streams {
		properties["StreamSpecification"] = map[string]any{"StreamViewType": "NEW_IMAGE"}
	}
	return map[string]any{"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
}

// needsExactly checks which permissions the calls of a function took.
func needsExactly(t *testing.T, proxy *awstest.Proxy, want ...string) {
	t.Helper()
	needed := map[string]bool{}
	for _, call := range proxy.Calls() {
		if len(call.Actions) == 0 || call.Unsigned {
			t.Errorf("nobody knows what %s needs", call)
		}
		for _, action := range call.Actions {
			needed[action+" on "+call.Resource] = true
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(needed))); diff != "" {
		t.Errorf("the function needs other permissions than it has: %s", diff)
	}
}

type invocation = func(context.Context, []byte) ([]byte, error)
