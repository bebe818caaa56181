package doctor

import (
	"context"
	"path/filepath"
)

// credentialVariables are names of the environment that give the CDK credentials,
// or tell where they are.
var credentialVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
}

// credentials looks only, and never reads a value.
func (m Machine) credentials() Finding {
	f := Finding{Thing: "AWS credentials", Status: OK}
	for _, name := range credentialVariables {
		if m.Getenv(name) != "" {
			f.Found = name + " is set; whether it is good, aws sts get-caller-identity tells"
			return f
		}
	}
	for _, file := range []struct{ variable, name string }{
		{"AWS_SHARED_CREDENTIALS_FILE", "credentials"}, {"AWS_CONFIG_FILE", "config"},
	} {
		path := m.Getenv(file.variable)
		if path == "" {
			path = filepath.Join(m.Home, ".aws", file.name)
		}
		if m.Exists(path) {
			f.Found = path + " is there; whether it is good, aws sts get-caller-identity tells"
			return f
		}
	}
	return Finding{
		Thing: "AWS credentials", Status: Note, Found: "none; synth and test need none",
		Do: "to deploy: aws configure sso, or set AWS_PROFILE",
	}
}

func (m Machine) bootstrap(ctx context.Context, account bool) Finding {
	const look = "aws cloudformation describe-stacks --stack-name CDKToolkit"
	f := Finding{Thing: "bootstrap", Status: Note, Found: "not looked for", Do: "refstack doctor --account asks AWS, as does " + look}
	if !account {
		return f
	}
	if m.credentials().Status != OK {
		f.Found, f.Do = "cannot be known without credentials", "see above"
		return f
	}
	if _, err := m.LookPath("aws"); err != nil {
		f.Found, f.Do = "cannot be known without the AWS CLI", "install it: https://aws.amazon.com/cli/"
		return f
	}
	status, err := m.Run(ctx, "aws", "cloudformation", "describe-stacks", "--stack-name", "CDKToolkit",
		"--query", "Stacks[0].StackStatus", "--output", "text")
	if err != nil {
		f.Status, f.Found, f.Do = Missing, "AWS does not tell of a stack CDKToolkit in this account and Region", "npx cdk bootstrap; "+look+" tells more"
		return f
	}
	return Finding{Thing: "bootstrap", Status: OK, Found: "CDKToolkit is " + status}
}

// arch tells which processor the functions are built for, and what runs them here.
func (m Machine) arch() Finding {
	f := Finding{Thing: "architecture", Status: OK, Found: "arm64, as the functions in AWS"}
	if m.Arch != "arm64" {
		f.Status = Note
		f.Found = "this machine is " + m.Arch + ", the functions are built for arm64; tests build theirs for this machine"
		if m.Arch == "amd64" {
			f.Do = "nothing; -c arch=x86_64 makes AWS run what this machine runs"
		}
	}
	return f
}
