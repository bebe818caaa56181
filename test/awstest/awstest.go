// Package awstest shows, without an AWS account, that a function's role allows
// exactly what its code does. The function runs against stand-ins behind a proxy;
// the proxy records every call and which IAM permissions AWS would have asked
// for; the role from the synthesized template is then held against them.
//
//	s3 := awstest.StartS3(t)
//	s3.CreateBucket("uploads", true)
//	proxy := awstest.StartProxy(t, s3.URL)
//	fn := lambdatest.Start(t, bootstrap, &lambdatest.Options{
//		Env: map[string]string{"AWS_ENDPOINT_URL_S3": proxy.URL, "BUCKET": "uploads"},
//	})
//	… invoke fn with every event and fault that makes it call something …
//	role, err := awstest.RoleOf(template, "Resize1A2B3C4D", map[string]string{"Uploads5E6F7A8B": "uploads"})
//	awstest.CheckRole(t, role, proxy.Calls(), map[string]string{
//		"xray:Put*": "Lambda itself sends the trace, not the code.",
//	})
//
// What this proves: every call that the tests provoked is allowed by the role's
// own policies, and every permission in them was needed by one. With
// [Proxy.Enforce] the function meets the answers that AWS would give to the
// role, and not those of a stand-in that allows everything.
//
// What it does not prove: the policies are evaluated here, by the documented
// rules, and not by AWS. Resource policies, service control policies, permissions
// boundaries, VPC endpoint policies and KMS are outside: a call that needs
// kms:Decrypt because the bucket has a customer-managed key is not seen to need
// it. A call that no test provokes is not known.
//
// To add a service, write one file that turns a request into an operation and
// add it to services.
package awstest

// The account and Region in which the stand-ins seem to live.
const (
	AccountID = "123456789012"
	Region    = "us-east-1"
)
