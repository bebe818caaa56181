package lambdatest

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
)

// reserved are the variables that a function's configuration cannot set: AWS
// refuses the deployment.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

func (o *Options) validate() error {
	for _, name := range reserved {
		if _, ok := o.Env[name]; ok {
			return fmt.Errorf("lambdatest: Env has %s, which Lambda reserves", name)
		}
	}
	if o.MemoryMiB < 128 || o.MemoryMiB > 10240 {
		return fmt.Errorf("lambdatest: MemoryMiB must be 128 to 10240, got %d", o.MemoryMiB)
	}
	if o.Timeout < 0 || o.Grace < 0 {
		return fmt.Errorf("lambdatest: Timeout and Grace must be positive, got %s and %s", o.Timeout, o.Grace)
	}
	return nil
}

// environ is the whole environment of the process. AWS_EXECUTION_ENV is not in
// it, because AWS does not set it on provided.al2023.
func (o *Options) environ(bootstrap, runtimeAPI string) []string {
	env := map[string]string{
		"AWS_ACCESS_KEY_ID":               "ASIATESTTESTTESTTEST",
		"AWS_DEFAULT_REGION":              o.Region,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(o.MemoryMiB),
		"AWS_LAMBDA_FUNCTION_NAME":        o.FunctionName,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_FORMAT":           "JSON",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + o.FunctionName,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_REGION":                      o.Region,
		"AWS_SECRET_ACCESS_KEY":           "test-secret-access-key",
		"AWS_SESSION_TOKEN":               "test-session-token",
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"LAMBDA_TASK_ROOT":                filepath.Dir(bootstrap),
		"LANG":                            "en_US.UTF-8",
		"PATH":                            "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ":                              ":UTC",
		"_HANDLER":                        o.Handler,
		// Not Lambda's: a client without credentials must not ask the machine's
		// metadata service, on whatever machine the test runs.
		"AWS_EC2_METADATA_DISABLED": "true",
	}
	maps.Copy(env, o.Env)
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
