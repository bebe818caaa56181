// Package settings reads what a person may set on the command line of the CDK
// CLI or in cdk.json: -c stage=prod and the like.
package settings

import "refstack/internal/contexts"

// Settings are the context values of the app, checked.
type Settings struct {
	// Stage is dev or prod. Defaults to dev.
	Stage string
	// Arch is the processor of the functions, arm64 or x86_64. Defaults to
	// arm64.
	Arch string
	// AlarmEmail is told of alarms. Defaults to nobody.
	AlarmEmail string

	WebApi    WebApi
	Pipes     Pipes
	GenAi     GenAi
	MapReduce MapReduce
}

// Production tells whether data must survive.
func (s Settings) Production() bool { return s.Stage == "prod" }

// Prefix begins the CloudFormation name of every stack, so that those of several
// projects can live in one account.
const Prefix = ""

// StackName is the CloudFormation name of the stack id: its own in dev, marked
// in prod, so that no deployment of one ever lands on the other.
func (s Settings) StackName(id string) string {
	if s.Production() {
		return Prefix + id + "-prod"
	}
	return Prefix + id
}

// Read takes the settings out of the app's whole context. It refuses bad
// values, and names that nobody reads: a misspelt stage would deploy another.
func Read(context map[string]any) (Settings, error) {
	r := contexts.New(context)
	s := Settings{
		Stage:      r.OneOf("stage", "dev", "prod"),
		Arch:       r.OneOf("arch", "arm64", "x86_64"),
		AlarmEmail: r.Email("alarmEmail"),

		WebApi:    readWebApi(r),
		Pipes:     readPipes(r),
		GenAi:     readGenAi(r),
		MapReduce: readMapReduce(r),
	}
	r.RefuseOthers()
	return s, r.Err()
}
