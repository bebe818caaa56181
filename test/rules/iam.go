package rules

import (
	"regexp"
	"slices"
	"strings"
)

// identities are the types that hold what a role may do.
var identities = []string{"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}

// guarded are the types that say who may reach a resource.
var guarded = []string{"AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::KMS::Key"}

func init() {
	register(
		Rule{
			Name:  "no-managed-policies",
			Doc:   "No role has an AWS managed policy: those cover every use of a service, and change without us (AWS, IAM security best practices: apply least-privilege permissions).",
			Types: []string{"AWS::IAM::Role"},
			Check: checkManagedPolicies,
		},
		Rule{
			Name:  "no-whole-services",
			Doc:   "No role may do everything that a service offers, and no bucket, topic or queue lets anybody do so (AWS Security Hub, IAM.21).",
			Types: slices.Concat(identities, guarded),
			Check: checkWholeServices,
		},
		Rule{
			Name:  "no-whole-resources",
			Doc:   "A role reaches all resources of a kind only for actions that have no resource-level permission (AWS, Service Authorization Reference).",
			Types: identities,
			Check: checkWholeResources,
		},
		Rule{
			Name:  "no-inverted-allows",
			Doc:   "Nothing is allowed by naming what is not: NotAction, NotResource and NotPrincipal with Allow grow with every new service (AWS, IAM JSON policy elements: NotAction).",
			Types: slices.Concat(identities, guarded),
			Check: checkInverted,
		},
		Rule{
			Name:  "own-account",
			Doc:   "Only this account's principals are let in, and nobody anonymous (AWS Security Hub, S3.2 and S3.6; AWS Config, sqs-queue-no-public-access).",
			Types: slices.Concat(guarded, []string{"AWS::IAM::Role", "AWS::Lambda::Permission"}),
			Check: checkPrincipals,
		},
		Rule{
			Name:  "service-principals",
			Doc:   "A service of AWS is let in on behalf of one account or resource, by aws:SourceAccount or aws:SourceArn (AWS, The confused deputy problem).",
			Types: slices.Concat(guarded, []string{"AWS::IAM::Role", "AWS::Lambda::Permission"}),
			Check: checkServicePrincipals,
		},
		Rule{
			Name:  "one-policy",
			Doc:   "A bucket, queue or topic has one resource policy: of two, the one deployed last replaces the other (AWS CloudFormation, AWS::SQS::QueuePolicy).",
			Types: []string{"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"},
			Check: checkOnePolicy,
		},
	)
}

func checkManagedPolicies(t *Template, r *Resource, fault Fault) {
	for _, arn := range texts(r.get("ManagedPolicyArns")) {
		if strings.Contains(arn, ":iam::aws:policy/") {
			fault("has %s", arn)
		}
	}
}

func checkWholeServices(t *Template, r *Resource, fault Fault) {
	for _, s := range r.identityPolicy() {
		for _, action := range s.actions {
			_, name, _ := strings.Cut(action, ":")
			if s.effect == "Allow" && strings.Trim(name, "*?") == "" {
				fault("allows %s", action)
			}
		}
	}
}

// withoutResources are the actions that must be allowed on every resource. The
// Service Authorization Reference names no resource type for them.
var withoutResources = []string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
	"xray:PutTelemetryRecords", "xray:PutTraceSegments", "xray:GetSamplingRules", "xray:GetSamplingTargets",
	// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
	"logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
	"ecr:GetAuthorizationToken",
}

// ownLogs are the logs of this account and Region, which the role of all APIs
// writes whatever their groups are called.
const ownLogs = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:*"

func checkWholeResources(t *Template, r *Resource, fault Fault) {
	for _, s := range r.identityPolicy() {
		if s.effect != "Allow" {
			continue
		}
		for _, resource := range s.resources {
			if !isWhole(resource) || resource == ownLogs && t.isOfAllAPIs(r) {
				continue
			}
			for _, action := range s.actions {
				if !slices.Contains(withoutResources, action) {
					fault("allows %s on %s", action, resource)
				}
			}
		}
	}
}

// wholeKind is an ARN of everything, or of everything of a kind.
var wholeKind = regexp.MustCompile(`^arn:([^:]*:){4}([a-z-]+[:/])?\*$`)

// isWhole tells of a resource that names none: "*", or an ARN that ends in a
// wildcard with nothing but the kind before it.
func isWhole(resource string) bool {
	// The pseudo parameters would bring their own colons: <AWS::Region>.
	resource = strings.NewReplacer("<AWS::Partition>", "", "<AWS::Region>", "", "<AWS::AccountId>", "").Replace(resource)
	return strings.Trim(resource, "*?") == "" || wholeKind.MatchString(resource)
}

func checkInverted(t *Template, r *Resource, fault Fault) {
	for _, s := range slices.Concat(r.identityPolicy(), statements(r.get("KeyPolicy")), statements(r.get("AssumeRolePolicyDocument"))) {
		if s.effect == "Allow" && len(s.inverted) > 0 {
			fault("allows by %s", strings.Join(s.inverted, " and "))
		}
	}
}

// doors are the statements by which r lets others in.
func (r *Resource) doors() []statement {
	switch r.Type {
	case "AWS::KMS::Key":
		return statements(r.get("KeyPolicy"))
	case "AWS::IAM::Role":
		return statements(r.get("AssumeRolePolicyDocument"))
	case "AWS::Lambda::Permission":
		return []statement{permission(r)}
	default:
		return statements(r.get("PolicyDocument"))
	}
}

// permission is a Lambda permission as the statement that Lambda makes of it.
func permission(r *Resource) statement {
	principal := r.text("Principal")
	s := statement{effect: "Allow", actions: texts(r.get("Action")), principals: map[string][]string{"AWS": {principal}}}
	if strings.HasSuffix(principal, ".amazonaws.com") {
		s.principals = map[string][]string{"Service": {principal}}
	}
	for property, key := range map[string]string{"SourceAccount": "aws:sourceaccount", "SourceArn": "aws:sourcearn"} {
		if value := r.get(property); value != nil {
			s.conditions = append(s.conditions, condition{"StringEquals", key, texts(value)})
		}
	}
	return s
}

func checkPrincipals(t *Template, r *Resource, fault Fault) {
	for _, s := range r.doors() {
		if s.effect != "Allow" {
			continue
		}
		if s.everyone() {
			fault("allows %s to everyone", strings.Join(s.actions, ", "))
			continue
		}
		for _, who := range s.principals["AWS"] {
			if !strings.Contains(who, "<AWS::AccountId>") && len(t.mentioned(who)) == 0 {
				fault("allows %s to %s, which is not known to be of this account", strings.Join(s.actions, ", "), who)
			}
		}
	}
}

// nameNoSource are services that do not send these keys when they take a role: one
// that asks for them could not be taken at all. Nobody can hand them a role of
// another account.
var nameNoSource = []string{"lambda.amazonaws.com", "apigateway.amazonaws.com"}

func checkServicePrincipals(t *Template, r *Resource, fault Fault) {
	for _, s := range r.doors() {
		for _, service := range s.principals["Service"] {
			if r.Type == "AWS::IAM::Role" && slices.Contains(nameNoSource, service) {
				continue
			}
			if s.effect == "Allow" && !slices.ContainsFunc(s.conditions, t.narrows) {
				fault("lets %s in on anybody's behalf: ask for aws:SourceAccount or aws:SourceArn", service)
			}
		}
	}
}

// narrows tells whether a condition holds a service to one account: by its
// number, or by an ARN that has the number or belongs to the template. The ARN
// of a bucket alone may be anybody's after it is deleted, but the bucket of a
// template is there as long as the policy is.
func (t *Template) narrows(c condition) bool {
	switch {
	case c.key == "aws:sourceaccount" && c.operator == "StringEquals",
		c.key == "aws:sourcearn" && slices.Contains([]string{"ArnLike", "ArnEquals", "StringLike", "StringEquals"}, c.operator):
		return len(c.values) > 0 && !slices.ContainsFunc(c.values, func(value string) bool {
			return !strings.Contains(value, "<AWS::AccountId>") && len(t.mentioned(value)) == 0
		})
	default:
		return false
	}
}

func checkOnePolicy(t *Template, r *Resource, fault Fault) {
	if found := t.policiesOf(r); len(found) > 1 {
		fault("%s and %s replace each other", found[0].ID, found[1].ID)
	}
}
