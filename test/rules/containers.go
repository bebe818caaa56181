package rules

import (
	"slices"
)

const (
	taskType = "AWS::ECS::TaskDefinition"
	jobType  = "AWS::Batch::JobDefinition"
)

func init() {
	register(
		Rule{
			Name:  "images-scanned",
			Doc:   "Images are scanned when they are pushed, and old ones go (AWS Security Hub, ECR.1 and ECR.3).",
			Types: []string{"AWS::ECR::Repository"},
			Check: func(t *Template, r *Resource, fault Fault) {
				if !r.is("ImageScanningConfiguration.ScanOnPush") {
					fault("ScanOnPush must be true")
				}
				if r.text("LifecyclePolicy.LifecyclePolicyText") == "" {
					fault("LifecyclePolicy is missing")
				}
			},
		},
		Rule{
			Name:  "cluster-insights",
			Doc:   "A cluster tells what its containers do (AWS Security Hub, ECS.12).",
			Types: []string{"AWS::ECS::Cluster"},
			Check: func(t *Template, r *Resource, fault Fault) {
				on := slices.ContainsFunc(list(r.get("ClusterSettings")), func(setting any) bool {
					s := &Resource{Properties: object(setting)}
					return s.text("Name") == "containerInsights" && slices.Contains([]string{"enabled", "enhanced"}, s.text("Value"))
				})
				if !on {
					fault("containerInsights is off")
				}
			},
		},
		Rule{
			Name:  "container-safe",
			Doc:   "A container has an image of a repository of the template, a read-only file system, no privileges, a user that is not root, and logs in the template (AWS Security Hub, ECS.4, ECS.5, ECS.9 and ECS.20).",
			Types: []string{taskType, jobType},
			Check: checkContainers,
		},
		Rule{
			Name:  "container-roles",
			Doc:   "A container runs as one role and is started by another, both for containers alone (AWS, IAM roles for Amazon ECS).",
			Types: []string{taskType, jobType},
			Check: checkContainerRoles,
		},
		Rule{
			Name:  "job-limits",
			Doc:   "A job ends after its time, and is tried again some times (AWS Batch, Job timeouts and automated job retries).",
			Types: []string{jobType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if r.number("Timeout.AttemptDurationSeconds", 0) < 60 {
					fault("Timeout must be at least 60 s")
				}
				if n := r.number("RetryStrategy.Attempts", 0); n < 1 || n > 10 {
					fault("RetryStrategy must be of 1 to 10 attempts")
				}
			},
		},
		Rule{
			Name:  "compute-bounded",
			Doc:   "Compute for jobs is Fargate, in subnets and groups of the template, and has a most; a job queue uses no other (AWS Batch, Compute environments on AWS Fargate).",
			Types: []string{computeType, "AWS::Batch::JobQueue"},
			Check: checkCompute,
		},
	)
}

const computeType = "AWS::Batch::ComputeEnvironment"

// containersOf are the containers of a task or a job.
func containersOf(r *Resource) []*Resource {
	var found []*Resource
	for _, entry := range append(list(r.get("ContainerDefinitions")), list(r.get("ContainerProperties"))...) {
		found = append(found, &Resource{Properties: object(entry)})
	}
	return found
}

func checkContainers(t *Template, r *Resource, fault Fault) {
	if len(containersOf(r)) == 0 {
		fault("has no container")
	}
	for _, c := range containersOf(r) {
		if !slices.ContainsFunc(t.mentioned(c.get("Image")), func(image *Resource) bool { return image.Type == "AWS::ECR::Repository" }) {
			fault("Image must be of a repository of the template")
		}
		if !c.is("ReadonlyRootFilesystem") {
			fault("ReadonlyRootFilesystem must be true")
		}
		if c.is("Privileged") {
			fault("Privileged must be false")
		}
		if slices.Contains([]string{"", "0", "root"}, c.text("User")) {
			fault("User is root")
		}
		options := object(c.get("LogConfiguration.Options"))
		if group := t.target(options["awslogs-group"]); group == nil || group.Type != "AWS::Logs::LogGroup" {
			fault("LogConfiguration must name a log group of the template")
		}
	}
}

func checkContainerRoles(t *Template, r *Resource, fault Fault) {
	task, execution := t.target(r.get("TaskRoleArn")), t.target(r.get("ExecutionRoleArn"))
	if r.Type == jobType {
		task, execution = t.target(r.get("ContainerProperties.JobRoleArn")), t.target(r.get("ContainerProperties.ExecutionRoleArn"))
	}
	for name, role := range map[string]*Resource{"the role that it runs as": task, "the role that starts it": execution} {
		if !isServiceRole(role, "ecs-tasks.amazonaws.com") {
			fault("%s must be a role of the template, for containers alone", name)
		}
	}
	if task == execution {
		fault("runs as the role that starts it")
	}
}

func checkCompute(t *Template, r *Resource, fault Fault) {
	if r.Type != computeType {
		order := list(r.get("ComputeEnvironmentOrder"))
		for _, entry := range order {
			if used := t.target(object(entry)["ComputeEnvironment"]); used == nil || used.Type != computeType {
				fault("uses compute that is not in the template")
			}
		}
		if len(order) == 0 {
			fault("has no compute environment")
		}
		return
	}
	if !slices.Contains([]string{"FARGATE", "FARGATE_SPOT"}, r.text("ComputeResources.Type")) {
		fault("ComputeResources.Type must be FARGATE")
	}
	if most := r.number("ComputeResources.MaxvCpus", 0); most < 1 || most > 256 {
		fault("MaxvCpus must be from 1 to 256")
	}
	for property, kind := range map[string]string{"Subnets": subnetType, "SecurityGroupIds": groupType} {
		values := list(r.get("ComputeResources." + property))
		outside := slices.ContainsFunc(values, func(value any) bool { found := t.target(value); return found == nil || found.Type != kind })
		if len(values) == 0 || outside {
			fault("%s must be of the template", property)
		}
	}
}
