package start_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"refstack/lambdas/internal/start"
)

// TestMain is also the function that the tests start.
func TestMain(m *testing.M) {
	switch os.Getenv("START_TEST") {
	case "":
		os.Exit(m.Run())
	case "limit":
		aws := start.Up(config.WithRegion("eu-west-1"))
		json.NewEncoder(os.Stdout).Encode(map[string]any{"region": aws.Region, "limit": debug.SetMemoryLimit(-1)})
	case "fail":
		start.Up()
		start.Must("", errors.New("TABLE_NAME is not set"))
		os.Stdout.WriteString("started")
	}
}

func run(t *testing.T, what string) (map[string]any, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "START_TEST="+what, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=500", "AWS_LAMBDA_LOG_FORMAT=JSON")
	output, failure := cmd.Output()
	var line map[string]any
	if err := json.Unmarshal(output, &line); err != nil {
		t.Fatalf("not one line of JSON: %v\n%s", err, output)
	}
	return line, failure
}

func TestUpTakesOptionsAndBoundsMemory(t *testing.T) {
	line, err := run(t, "limit")
	if err != nil {
		t.Fatal(err)
	}
	if line["region"] != "eu-west-1" || line["limit"] != float64(450<<20) {
		t.Errorf("started with %v", line)
	}
}

func TestMustEndsTheProcessWithItsReason(t *testing.T) {
	line, err := run(t, "fail")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("ended with %v", err)
	}
	if line["message"] != "cannot start" || line["error"] != "TABLE_NAME is not set" || line["level"] != "ERROR" {
		t.Errorf("logged %v", line)
	}
}
