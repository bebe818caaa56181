package awstest

import (
	"fmt"
	"regexp"
	"strings"
)

// unresolved marks what the caller gave no name for. As an ARN it is of a
// partition that does not exist, and in a name it has characters that no
// resource's name may have: it can match nothing by accident.
const unresolved = "<unresolved "

// resolver replaces the intrinsic functions of a template by strings.
type resolver struct {
	resources map[string]any
	names     map[string]string // by logical ID, LogicalId.Attribute, or name of an import
}

// arnFormats tell how the ARN of a resource follows from its name.
var arnFormats = map[string]string{
	"AWS::DynamoDB::GlobalTable":       "arn:aws:dynamodb:REGION:ACCOUNT:table/",
	"AWS::DynamoDB::Table":             "arn:aws:dynamodb:REGION:ACCOUNT:table/",
	"AWS::Events::EventBus":            "arn:aws:events:REGION:ACCOUNT:event-bus/",
	"AWS::KMS::Key":                    "arn:aws:kms:REGION:ACCOUNT:key/",
	"AWS::Lambda::Function":            "arn:aws:lambda:REGION:ACCOUNT:function:",
	"AWS::Logs::LogGroup":              "arn:aws:logs:REGION:ACCOUNT:log-group:",
	"AWS::S3::Bucket":                  "arn:aws:s3:::",
	"AWS::SNS::Topic":                  "arn:aws:sns:REGION:ACCOUNT:",
	"AWS::SQS::Queue":                  "arn:aws:sqs:REGION:ACCOUNT:",
	"AWS::StepFunctions::StateMachine": "arn:aws:states:REGION:ACCOUNT:stateMachine:",
}

// refIsARN are the types whose Ref is an ARN.
var refIsARN = map[string]bool{
	"AWS::SNS::Topic":                  true,
	"AWS::StepFunctions::StateMachine": true,
}

var pseudoParameters = map[string]string{
	"AWS::AccountId": AccountID,
	"AWS::Partition": "aws",
	"AWS::Region":    Region,
	"AWS::StackId":   "arn:aws:cloudformation:" + Region + ":" + AccountID + ":stack/test/00000000-0000-0000-0000-000000000000",
	"AWS::StackName": "test",
	"AWS::URLSuffix": "amazonaws.com",
}

func (r *resolver) typeOf(id string) string {
	resource, _ := r.resources[id].(map[string]any)
	typ, _ := resource["Type"].(string)
	return typ
}

func (r *resolver) ref(id string) string {
	if value, ok := pseudoParameters[id]; ok {
		return value
	}
	if refIsARN[r.typeOf(id)] {
		return r.getAtt(id, "Arn")
	}
	if name, ok := r.names[id]; ok {
		return name
	}
	return unresolved + id + ">"
}

func (r *resolver) getAtt(id, attribute string) string {
	if value, ok := r.names[id+"."+attribute]; ok {
		return value
	}
	name, ok := r.names[id]
	format, known := arnFormats[r.typeOf(id)]
	switch {
	case ok && (attribute == "Arn" || attribute == "TopicArn") && strings.HasPrefix(name, "arn:"):
		return name
	case ok && (attribute == "Arn" || attribute == "TopicArn") && known:
		return strings.NewReplacer("REGION", Region, "ACCOUNT", AccountID).Replace(format) + name
	}
	return "arn:" + unresolved + id + "." + attribute + ">::::"
}

// text resolves a value that must become a string.
func (r *resolver) text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, float64:
		return fmt.Sprint(v), nil
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				return r.call(name, argument)
			}
		}
	}
	return "", fmt.Errorf("cannot resolve %v to a string", value)
}

func (r *resolver) call(name string, argument any) (string, error) {
	switch name {
	case "Ref":
		if id, ok := argument.(string); ok && id != "AWS::NoValue" {
			return r.ref(id), nil
		}
	case "Fn::GetAtt":
		if parts, ok := argument.(string); ok {
			id, attribute, _ := strings.Cut(parts, ".")
			return r.getAtt(id, attribute), nil
		}
		if list, ok := argument.([]any); ok && len(list) == 2 {
			id, _ := list[0].(string)
			attribute, _ := list[1].(string)
			return r.getAtt(id, attribute), nil
		}
	case "Fn::ImportValue":
		export, err := r.text(argument)
		if err != nil {
			return "", err
		}
		if value, ok := r.names[export]; ok {
			return value, nil
		}
		return "arn:" + unresolved + export + ">::::", nil
	case "Fn::Join":
		if list, ok := argument.([]any); ok && len(list) == 2 {
			separator, ok := list[0].(string)
			items, isList := list[1].([]any)
			if ok && isList {
				parts := make([]string, len(items))
				for i, item := range items {
					var err error
					if parts[i], err = r.text(item); err != nil {
						return "", err
					}
				}
				return strings.Join(parts, separator), nil
			}
		}
	case "Fn::Sub":
		variables := map[string]any{}
		if list, ok := argument.([]any); ok && len(list) == 2 {
			argument = list[0]
			variables, _ = list[1].(map[string]any)
		}
		if text, ok := argument.(string); ok {
			return r.sub(text, variables)
		}
	}
	return "", fmt.Errorf("cannot resolve %s of %v", name, argument)
}

var subVariable = regexp.MustCompile(`\$\{[^}]*\}`)

func (r *resolver) sub(text string, variables map[string]any) (string, error) {
	var failed error
	result := subVariable.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if value, ok := variables[name]; ok {
			resolved, err := r.text(value)
			if err != nil {
				failed = err
			}
			return resolved
		}
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return r.getAtt(id, attribute)
		}
		return r.ref(name)
	})
	return result, failed
}
