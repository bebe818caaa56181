package distributedmap_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/asl"
	"refstack/constructs/distributedmap"
	"refstack/constructs/statemachine"
	"refstack/test/awstest"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// complete are props of a map of a stack, whose buckets have keys or not.
func complete(stack awscdk.Stack, keys bool) *distributedmap.Props {
	bucket := func(id string) awss3.IBucket {
		props := &awss3.BucketProps{}
		if keys {
			props.EncryptionKey = awskms.NewKey(stack, jsii.String(id+"Key"), nil)
		}
		return awss3.NewBucket(stack, jsii.String(id), props)
	}
	return &distributedmap.Props{
		Label:         "Map",
		Items:         distributedmap.Place{Bucket: bucket("Items"), Key: "{% $plan.key %}", Pattern: "runs/*/plan.jsonl"},
		ItemsPerBatch: "{% $plan.itemsPerBatch %}",
		BatchInput:    asl.State{"run": "{% $plan.run %}"},
		Function: awslambda.NewFunction(stack, jsii.String("Mapper"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"), Code: awslambda.Code_FromInline(jsii.String("//")),
		}),
		Timeout:        time.Minute,
		Permanent:      []string{"InputChangedError"},
		Results:        distributedmap.Place{Bucket: bucket("Results"), Key: "{% 'runs/' & $plan.run %}", Pattern: "runs/*/map/*"},
		MaxConcurrency: 1000,
	}
}

// machine puts a map into a machine, and returns its state as the template has it.
func machine(t *testing.T, stack awscdk.Stack, props *distributedmap.Props) (map[string]any, *cdktest.Template) {
	t.Helper()
	m := distributedmap.New(stack, "Batches", props)
	state := asl.State{"End": true}
	for name, value := range m.State {
		state[name] = value
	}
	m.Grant(statemachine.New(stack, "Job", &statemachine.Props{StartAt: "Map", States: asl.State{"Map": state}}))
	template := cdktest.TemplateOf(t, stack)
	definition, err := awstest.DefinitionOf(template.JSON, template.ID("AWS::StepFunctions::StateMachine", "Job"), names(template))
	if err != nil {
		t.Fatal(err)
	}
	return definition["States"].(map[string]any)["Map"].(map[string]any), template
}

func names(template *cdktest.Template) map[string]string {
	return map[string]string{
		template.ID("AWS::S3::Bucket", "Items"): "items", template.ID("AWS::S3::Bucket", "Results"): "results",
		template.ID("AWS::Lambda::Function", "Mapper"):                   "mapper",
		template.ID("AWS::StepFunctions::StateMachine", "Job"):           "job",
		template.ID("AWS::StepFunctions::StateMachine", "Job") + ".Name": "job",
	}
}

func TestState(t *testing.T) {
	stack := cdktest.NewStack(t)
	state, _ := machine(t, stack, complete(stack, false))
	child := state["ItemProcessor"].(map[string]any)["States"].(map[string]any)["MapBatch"].(map[string]any)
	if child["Arguments"].(map[string]any)["Payload"] != "{% $states.input %}" || child["TimeoutSeconds"] != 65.0 || child["End"] != true {
		t.Errorf("the child's task is %v", child)
	}
	delete(state["ItemProcessor"].(map[string]any), "States")
	want := map[string]any{
		"Type": "Map", "Label": "Map", "MaxConcurrency": 1000.0, "End": true,
		"ItemReader": map[string]any{
			"Resource":     "arn:aws:states:::s3:getObject",
			"ReaderConfig": map[string]any{"InputType": "JSONL"},
			"Arguments":    map[string]any{"Bucket": "items", "Key": "{% $plan.key %}"},
		},
		"ItemBatcher": map[string]any{"MaxItemsPerBatch": "{% $plan.itemsPerBatch %}", "BatchInput": map[string]any{"run": "{% $plan.run %}"}},
		"ItemProcessor": map[string]any{
			"ProcessorConfig": map[string]any{"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "MapBatch",
		},
		"Retry": []any{map[string]any{
			"ErrorEquals": []any{"States.ItemReaderFailed"}, "MaxAttempts": 3.0, "IntervalSeconds": 1.0, "BackoffRate": 2.0,
			"MaxDelaySeconds": 10.0, "JitterStrategy": "FULL",
		}},
		// It is there whatever the feature flags of the app are: TestWriterNeedsNoFlag.
		"ResultWriter": map[string]any{
			"Resource":     "arn:aws:states:::s3:putObject",
			"Arguments":    map[string]any{"Bucket": "results", "Prefix": "{% 'runs/' & $plan.run %}"},
			"WriterConfig": map[string]any{"Transformation": "COMPACT", "OutputType": "JSONL"},
		},
	}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("the state (-want +got):\n%s", diff)
	}
}

// TestWriterNeedsNoFlag holds that the results are written in an app without the
// flag for lack of which the CDK's own state drops its writer.
func TestWriterNeedsNoFlag(t *testing.T) {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{"@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": false}})
	stack := awscdk.NewStack(app, jsii.String("Test"), nil)
	state, _ := machine(t, stack, complete(stack, false))
	if state["ResultWriter"] == nil {
		t.Error("the state has no result writer")
	}
}

func TestToleranceAndStandardChildren(t *testing.T) {
	stack := cdktest.NewStack(t)
	props := complete(stack, false)
	props.Children, props.Timeout = distributedmap.Standard, 15*time.Minute
	props.ToleratedFailureCount, props.ToleratedFailurePercentage = 5, 0.5
	props.ItemsPerBatch, props.BatchInput = 100, nil
	state, _ := machine(t, stack, props)
	if state["ToleratedFailureCount"] != 5.0 || state["ToleratedFailurePercentage"] != 0.5 {
		t.Errorf("it tolerates %v and %v", state["ToleratedFailureCount"], state["ToleratedFailurePercentage"])
	}
	if diff := cmp.Diff(map[string]any{"MaxItemsPerBatch": 100.0}, state["ItemBatcher"]); diff != "" {
		t.Error(diff)
	}
	if got := state["ItemProcessor"].(map[string]any)["ProcessorConfig"].(map[string]any)["ExecutionType"]; got != "STANDARD" {
		t.Errorf("the children are %v", got)
	}
}

func TestGrants(t *testing.T) {
	stack := cdktest.NewStack(t)
	_, template := machine(t, stack, complete(stack, true))
	all := names(template)
	all[template.ID("AWS::KMS::Key", "ItemsKey")], all[template.ID("AWS::KMS::Key", "ResultsKey")] = "items-key", "results-key"
	role, err := awstest.RoleOf(template.JSON, template.ID("AWS::StepFunctions::StateMachine", "Job"), all)
	if err != nil {
		t.Fatal(err)
	}
	const states, key = "arn:aws:states:us-east-1:123456789012:", "arn:aws:kms:us-east-1:123456789012:key/"
	needed := map[string][]string{
		"lambda:InvokeFunction":               {"arn:aws:lambda:us-east-1:123456789012:function:mapper"},
		"s3:GetObject":                        {"arn:aws:s3:::items/runs/1/plan.jsonl", "arn:aws:s3:::results/runs/1/map/x/manifest.json"},
		"s3:PutObject":                        {"arn:aws:s3:::results/runs/1/map/x/manifest.json"},
		"s3:ListMultipartUploadParts":         {"arn:aws:s3:::results/runs/1/map/x/SUCCEEDED_0.jsonl"},
		"s3:AbortMultipartUpload":             {"arn:aws:s3:::results/runs/1/map/x/SUCCEEDED_0.jsonl"},
		"states:StartExecution":               {states + "stateMachine:job", states + "stateMachine:job:1"},
		"states:DescribeExecution":            {states + "execution:job:1", states + "execution:job/Map:1"},
		"states:StopExecution":                {states + "execution:job:1", states + "execution:job/Map:1"},
		"states:RedriveExecution":             {states + "execution:job/Map:1"},
		"kms:Decrypt":                         {key + "items-key", key + "results-key"},
		"kms:GenerateDataKey":                 {key + "results-key"},
		"kms:GenerateDataKeyWithoutPlaintext": {key + "results-key"},
		"kms:Encrypt":                         {key + "results-key"},
		"kms:ReEncryptFrom":                   {key + "results-key"},
	}
	var calls []awstest.Call
	for action, resources := range needed {
		for _, resource := range resources {
			calls = append(calls, awstest.Call{Service: "x", Operation: action, Actions: []string{action}, Resource: resource})
		}
	}
	awstest.CheckRole(t, role, calls, map[string]string{"logs:*": "Step Functions' logs.", "xray:*": "Step Functions' traces."})
	alias := template.Resource(template.ID("AWS::StepFunctions::StateMachineAlias", "Job"))
	if depends, _ := alias["DependsOn"].([]any); len(depends) != 1 || depends[0] != template.ID("AWS::IAM::Policy", "Batches") {
		t.Errorf("the alias depends on %v", alias["DependsOn"])
	}
}

func TestBadProps(t *testing.T) {
	for want, change := range map[string]func(p *distributedmap.Props){
		`Label must be 1 to 40 letters, digits, dashes and underscores, got ""`:          func(p *distributedmap.Props) { p.Label = "" },
		`Label must be 1 to 40 letters, digits, dashes and underscores, got "a b"`:       func(p *distributedmap.Props) { p.Label = "a b" },
		`Label must be 1 to 40 letters, digits, dashes and underscores, got "aaaaaaaaaa`: func(p *distributedmap.Props) { p.Label = strings.Repeat("a", 41) },
		"Items of Map must have a Bucket, a Key and a Pattern":                           func(p *distributedmap.Props) { p.Items.Pattern = "" },
		"Results of Map must have a Bucket, a Key and a Pattern":                         func(p *distributedmap.Props) { p.Results.Bucket = nil },
		"ItemsPerBatch of Map is required":                                               func(p *distributedmap.Props) { p.ItemsPerBatch = nil },
		"Function of Map and its Timeout are required":                                   func(p *distributedmap.Props) { p.Timeout = 0 },
		`Children of Map must be Express or Standard, got "express"`:                     func(p *distributedmap.Props) { p.Children = "express" },
		"MaxConcurrency of Map must be from 1 to 10000, got 0":                           func(p *distributedmap.Props) { p.MaxConcurrency = 0 },
		"MaxConcurrency of Map must be from 1 to 10000, got 10001":                       func(p *distributedmap.Props) { p.MaxConcurrency = 10001 },
		"ToleratedFailureCount of Map must be positive, got -1":                          func(p *distributedmap.Props) { p.ToleratedFailureCount = -1 },
		"ToleratedFailurePercentage of Map must be from 0 to 100, got 101":               func(p *distributedmap.Props) { p.ToleratedFailurePercentage = 101 },
		"with a Timeout of 1m4s and its retries a child of Map may take 5m1s, but an Express one lives 5m0s": func(p *distributedmap.Props) {
			p.Timeout = 64 * time.Second
		},
	} {
		stack := cdktest.NewStack(t)
		props := complete(stack, false)
		change(props)
		cdktest.Panics(t, "distributedmap: "+want, func() { distributedmap.New(stack, "Batches", props) })
	}
	// The bounds themselves are good.
	stack := cdktest.NewStack(t)
	props := complete(stack, false)
	props.Label, props.MaxConcurrency, props.Timeout = strings.Repeat("a", 40), 10_000, 63*time.Second
	distributedmap.New(stack, "Batches", props)
	cdktest.Panics(t, "distributedmap: Label", func() { distributedmap.New(stack, "None", nil) })
}
