package output_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/output"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func TestNew(t *testing.T) {
	stack := cdktest.NewStack(t)
	output.New(stack, "Region", stack.Region(), "Where it runs")
	got := cdktest.TemplateOf(t, stack).JSON["Outputs"]
	want := map[string]any{"Region": map[string]any{"Value": map[string]any{"Ref": "AWS::Region"}, "Description": "Where it runs"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)

	url := output.New(stack, "Url", jsii.String("https://shop.example.com"), "The shop")

	fmt.Println(*url.Node().Path())
	// Output: Shop/Url
}
