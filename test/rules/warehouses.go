package rules

import (
	"slices"
	"strings"
)

const (
	namespaceType = "AWS::RedshiftServerless::Namespace"
	workgroupType = "AWS::RedshiftServerless::Workgroup"
)

func init() {
	register(
		Rule{
			Name:  "warehouse-closed",
			Doc:   "A warehouse has no public address, keeps its traffic in the network, asks for TLS, and has a most (AWS Security Hub, RedshiftServerless.1, .2 and .3).",
			Types: []string{workgroupType},
			Check: checkWorkgroup,
		},
		Rule{
			Name:  "warehouse-password",
			Doc:   "The password of a warehouse's administrator is kept in Secrets Manager, and who signs in is logged (AWS Security Hub, RedshiftServerless.6).",
			Types: []string{namespaceType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if !r.is("ManageAdminPassword") && !strings.HasPrefix(r.text("AdminUserPassword"), "{{resolve:secretsmanager:") {
					fault("AdminUserPassword must come from Secrets Manager")
				}
				for _, log := range []string{"connectionlog", "userlog"} {
					if !slices.Contains(texts(r.get("LogExports")), log) {
						fault("LogExports lacks %s", log)
					}
				}
			},
		},
		Rule{
			Name:  "pipeline-role",
			Doc:   "A pipeline of SageMaker runs as a role of the template, for SageMaker alone (Amazon SageMaker AI, IAM access management for pipelines).",
			Types: []string{"AWS::SageMaker::Pipeline"},
			Check: func(t *Template, r *Resource, fault Fault) {
				if !isServiceRole(t.target(r.get("RoleArn")), "sagemaker.amazonaws.com") {
					fault("RoleArn must be a role of the template, for SageMaker alone")
				}
			},
		},
	)
}

func checkWorkgroup(t *Template, r *Resource, fault Fault) {
	if r.text("PubliclyAccessible") != "false" {
		fault("PubliclyAccessible must be false")
	}
	if !r.is("EnhancedVpcRouting") {
		fault("EnhancedVpcRouting must be true")
	}
	tls := slices.ContainsFunc(list(r.get("ConfigParameters")), func(entry any) bool {
		p := &Resource{Properties: object(entry)}
		return p.text("ParameterKey") == "require_ssl" && p.text("ParameterValue") == "true"
	})
	if !tls {
		fault("ConfigParameters must hold require_ssl as true")
	}
	if r.number("MaxCapacity", 0) < 1 {
		fault("MaxCapacity is not set: a query may take all there is")
	}
	if namespace := t.target(r.get("NamespaceName")); namespace == nil || namespace.Type != namespaceType {
		fault("NamespaceName must be a namespace of the template")
	}
}
