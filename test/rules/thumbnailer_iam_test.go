package rules

// resizePolicy is what the thumbnailer's function may do.
const resizePolicy = "Resize/Role/DefaultPolicy"

var iamMutants = []mutant{
	one("no-managed-policies", "Resize/Role", "Properties ManagedPolicyArns", []any{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}),
	one("no-managed-policies", "Resize/Role", "Properties ManagedPolicyArns", []any{
		obj{"Fn::Join": []any{"", []any{"arn:", obj{"Ref": "AWS::Partition"}, ":iam::aws:policy/AmazonS3FullAccess"}}},
	}),
	one("no-managed-policies", "Resize/Role", "Properties ManagedPolicyArns", obj{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonSQSFullAccess"}),

	one("no-whole-services", resizePolicy, "Properties PolicyDocument Statement s3:GetObject Action", "s3:*"),
	one("no-whole-services", resizePolicy, "Properties PolicyDocument Statement s3:ListBucket Action", []any{"s3:ListBucket", "S3:?*"}),
	{
		name: "a role may do anything",
		plant: func(m *mutable) {
			m.set(resizePolicy, "Properties PolicyDocument Statement s3:ListBucket Action", "*")
		},
		want: []string{"no-whole-services " + resizePolicy, "iot-topics " + resizePolicy, "secret-access " + resizePolicy},
	},
	one("no-whole-services", "Resize/Role", "Properties Policies", []any{obj{"PolicyDocument": obj{"Statement": obj{
		"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/one",
	}}}}),
	one("no-whole-services", "Work/Queue/Policy", "Properties PolicyDocument Statement AllowNotifications Action", "sqs:*"),

	one("no-whole-resources", resizePolicy, "Properties PolicyDocument Statement s3:GetObject Resource", "*"),
	one("no-whole-resources", resizePolicy, "Properties PolicyDocument Statement s3:GetObject Resource", []any{"arn:aws:s3:::*"}),
	one("no-whole-resources", resizePolicy, "Properties PolicyDocument Statement s3:ListBucket Resource", obj{"Fn::Sub": "arn:${AWS::Partition}:s3:${AWS::Region}:${AWS::AccountId}:accesspoint/*"}),
	one("no-whole-resources", resizePolicy, "Properties PolicyDocument Statement xray:PutTelemetryRecords Action", []any{
		"xray:PutTelemetryRecords", "xray:PutTraceSegments", "xray:DeleteGroup",
	}),

	{
		name: "a role may do all but one thing",
		plant: func(m *mutable) {
			m.set(resizePolicy, "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "NotAction": "iam:*", "Resource": m.ARN("Uploads/Bucket")})
		},
		want: []string{"no-inverted-allows " + resizePolicy},
	},
	{
		name: "a role may reach all but one thing",
		plant: func(m *mutable) {
			m.set(resizePolicy, "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": m.ARN("Uploads/Bucket")})
		},
		want: []string{"no-inverted-allows " + resizePolicy},
	},
	{
		name: "a queue lets all but one in",
		plant: func(m *mutable) {
			m.set("Work/Queue/Policy", "Properties PolicyDocument Statement +", obj{
				"Effect": "Allow", "Action": "sqs:SendMessage", "NotPrincipal": obj{"AWS": "arn:aws:iam::111122223333:root"}, "Resource": m.ARN("Work/Queue"),
			})
		},
		want: []string{"no-inverted-allows Work/Queue/Policy"},
	},

	{
		name: "everyone may send",
		plant: func(m *mutable) {
			m.set("Work/Queue/Policy", "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": "*", "Resource": m.ARN("Work/Queue")})
		},
		want: []string{"own-account Work/Queue/Policy"},
	},
	{
		name: "every AWS principal may publish",
		plant: func(m *mutable) {
			m.set("Alarms/Topic/Policy", "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "Action": "sns:Publish", "Principal": obj{"AWS": []any{"*"}}, "Resource": m.ref("Alarms/Topic")})
		},
		want: []string{"own-account Alarms/Topic/Policy"},
	},
	{
		name: "another account may read",
		plant: func(m *mutable) {
			m.set("Uploads/Bucket/Policy", "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "Action": "s3:ListBucket", "Principal": obj{"AWS": "arn:aws:iam::111122223333:root"}, "Resource": m.ARN("Uploads/Bucket")})
		},
		want: []string{"own-account Uploads/Bucket/Policy"},
	},
	one("own-account", "Alarms/Key", "Properties KeyPolicy Statement kms:* Principal AWS", "*"),
	{
		name: "everyone may assume a role",
		plant: func(m *mutable) {
			m.set("Resize/Role", "Properties AssumeRolePolicyDocument Statement 0 Principal", "*")
		},
		want: []string{"function-role Resize/Function", "own-account Resize/Role"},
	},

	one("service-principals", "Uploads/Bucket/Policy", "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "s3:PutObject", "Principal": obj{"Service": "delivery.logs.amazonaws.com"}, "Resource": "*",
	}),
	one("service-principals", "Uploads/Bucket/Policy", "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "s3:PutObject", "Principal": obj{"Service": "delivery.logs.amazonaws.com"}, "Resource": "*",
		"Condition": obj{"ArnLike": obj{"aws:SourceArn": "arn:aws:logs:*:*:*"}},
	}),
	one("service-principals", "Uploads/Bucket/Policy", "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "s3:PutObject", "Principal": obj{"Service": "delivery.logs.amazonaws.com"}, "Resource": "*",
		"Condition": obj{"StringEqualsIfExists": obj{"aws:SourceAccount": obj{"Ref": "AWS::AccountId"}}},
	}),
	one("service-principals", "Uploads/Bucket/Policy", "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "s3:PutObject", "Principal": obj{"Service": "delivery.logs.amazonaws.com"}, "Resource": "*",
		"Condition": obj{"ArnNotLike": obj{"aws:SourceArn": obj{"Fn::Sub": "arn:aws:logs:*:${AWS::AccountId}:*"}}},
	}),
	{
		name: "alarms of any account",
		plant: func(m *mutable) {
			m.set("Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms Condition", gone)
			m.set("Alarms/Key", "Properties KeyPolicy Statement kms:Decrypt Condition", gone)
		},
		want: []string{"alarm-topic Alarms/Topic", "service-principals Alarms/Key", "service-principals Alarms/Topic/Policy"},
	},
	{
		name: "notifications of any bucket, which has no account in its ARN",
		plant: func(m *mutable) {
			m.set("Work/Queue/Policy", "Properties PolicyDocument Statement AllowNotifications Condition StringEquals", gone)
		},
		want: []string{"bucket-notifications Uploads/Bucket", "service-principals Work/Queue/Policy"},
	},
	{
		name: "a role that a service assumes for anybody",
		plant: func(m *mutable) {
			m.add("PipeRole", "AWS::IAM::Role", obj{"AssumeRolePolicyDocument": obj{"Statement": []any{obj{
				"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": obj{"Service": "pipes.amazonaws.com"},
			}}}})
		},
		want: []string{"service-principals PipeRole"},
	},
	{
		name: "any bucket may invoke",
		plant: func(m *mutable) {
			m.add("Permission", "AWS::Lambda::Permission", obj{"FunctionName": m.ARN("Resize/Function"), "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"})
		},
		want: []string{"service-principals Permission"},
	},
	{
		name: "everyone may invoke",
		plant: func(m *mutable) {
			m.add("Permission", "AWS::Lambda::Permission", obj{"FunctionName": m.ARN("Resize/Function"), "Action": "lambda:InvokeFunctionUrl", "Principal": "*"})
		},
		want: []string{"own-account Permission"},
	},
	{
		name: "two policies for a queue",
		plant: func(m *mutable) {
			m.Copy("Second", "Work/Queue/Policy")
		},
		want: []string{"one-policy Work/Queue"},
	},
	{
		name: "two policies for a bucket",
		plant: func(m *mutable) {
			m.Copy("Second", "Uploads/Bucket/Policy")
		},
		want: []string{"one-policy Uploads/Bucket"},
	},
}
