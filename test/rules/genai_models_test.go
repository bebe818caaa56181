package rules

const (
	answer       = "Answer/Function"
	answerPolicy = "Answer/Role/DefaultPolicy"
	// The statements of a role for a profile of a geography: the profile, the model
	// wherever it is, and the guardrail.
	allowProfile   = "Properties PolicyDocument Statement 2"
	allowModel     = "Properties PolicyDocument Statement 3"
	allowGuardrail = "Properties PolicyDocument Statement 4"
)

var modelMutants = []mutant{
	one("model-resources", answerPolicy, allowProfile+" Resource", "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/*").
		And("model-reach "+answer, "no-whole-resources "+answerPolicy),
	one("model-resources", answerPolicy, allowModel+" Resource", "arn:aws:bedrock:*::foundation-model/*").And("no-whole-resources " + answerPolicy),
	one("model-resources", answerPolicy, allowModel+" Resource", "arn:aws:bedrock:*::foundation-model/amazon.nova-pro-v1:0"),
	one("model-resources", answerPolicy, allowModel+" Condition StringEquals bedrock:InferenceProfileArn", gone),
	one("model-resources", answerPolicy, allowModel+" Condition StringEquals bedrock:InferenceProfileArn", "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/*"),
	{
		name: "an inference profile if there is one",
		plant: func(m *mutable) {
			conditions := m.resource(answerPolicy)["Properties"].(obj)["PolicyDocument"].(obj)["Statement"].([]any)[3].(obj)["Condition"].(obj)
			equals := conditions["StringEquals"].(obj)
			conditions["StringEqualsIfExists"] = obj{"bedrock:InferenceProfileArn": equals["bedrock:InferenceProfileArn"]}
			delete(equals, "bedrock:InferenceProfileArn")
		},
		want: []string{"model-resources " + answerPolicy},
	},
	one("model-resources", answerPolicy, "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "sagemaker:DescribeEndpoint", "Resource": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/llama-*",
	}),

	one("model-reach", answer, "Properties Environment Variables MODEL_ID", "eu.amazon.nova-pro-v1:0"),
	one("model-reach", answerPolicy, allowProfile+" Action", "bedrock:GetInferenceProfile").elsewhere(answer),

	one("model-guardrail", answerPolicy, allowProfile+" Condition", gone).elsewhere(answer),
	one("model-guardrail", answerPolicy, allowModel+" Condition StringEquals bedrock:GuardrailIdentifier", gone).elsewhere(answer),
	one("model-guardrail", answerPolicy, allowProfile+" Condition", obj{"StringEquals": obj{"bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/gr1abc:DRAFT"}}).elsewhere(answer),
	one("model-guardrail", answerPolicy, allowGuardrail, gone).elsewhere(answer),
	one("model-guardrail", answerPolicy, allowGuardrail+" Resource", "arn:aws:bedrock:eu-west-1:111122223333:guardrail/another").elsewhere(answer),
	one("model-guardrail", answer, "Properties Environment Variables MODEL_GUARDRAIL_VERSION", "2"),
	one("model-guardrail", answer, "Properties Environment Variables MODEL_GUARDRAIL", gone),

	one("model-usage-plan", ask, "Properties ApiKeyRequired", false),
	one("model-usage-plan", askStream, "Properties ApiKeyRequired", gone),
	one("model-usage-plan", askLater, "Properties ApiKeyRequired", false),
}

// globalModelMutants are of a profile for all Regions.
var globalModelMutants = []mutant{
	one("model-resources", answerPolicy, "Properties PolicyDocument Statement 4 Condition StringEquals bedrock:InferenceProfileArn", gone),
}

var sageMakerMutants = []mutant{
	one("model-resources", answerPolicy, "Properties PolicyDocument Statement sagemaker:InvokeEndpoint Resource", "*").
		And("no-whole-resources "+answerPolicy, "model-reach "+answer),
	one("model-reach", answer, "Properties Environment Variables MODEL_SAGEMAKER_ENDPOINT", "another"),
	one("model-reach", answerPolicy, "Properties PolicyDocument Statement sagemaker:InvokeEndpoint", gone).elsewhere(answer),
}

var secretMutants = []mutant{
	one("secret-values", answer, "Properties Environment Variables MODEL_KEY", "sk-proj-0123456789abcdefghij"),
	one("secret-values", answer, "Properties Environment Variables MODEL_KEY", "0123456789abcdef0123456789abcdef"),
	one("secret-values", answer, "Properties Environment Variables MODEL_KEY", "{{resolve:secretsmanager:models/key}}"),
	one("secret-values", answer, "Properties Environment Variables MODEL_KEY", obj{"Fn::Sub": "{{resolve:ssm-secure:${AWS::StackName}}}"}),
	one("secret-values", answer, "Properties Environment Variables MODEL_SECRET_ARN", "models/another"),
	one("secret-values", answerPolicy, "Properties PolicyDocument Statement secretsmanager:GetSecretValue", gone).elsewhere(answer),
	one("secret-access", answerPolicy, "Properties PolicyDocument Statement secretsmanager:GetSecretValue Resource", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:models/*").
		And("secret-values " + answer),
	one("secret-access", answerPolicy, "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:another-??????",
	}),
	one("model-usage-plan", ask, "Properties ApiKeyRequired", false),
}
