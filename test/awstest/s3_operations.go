package awstest

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// s3Parameters are query parameters that do not make another operation of a request.
var s3Parameters = []string{
	"continuation-token", "delimiter", "encoding-type", "fetch-owner", "key-marker",
	"list-type", "marker", "max-keys", "max-parts", "max-uploads", "part-number-marker", "prefix",
	"response-cache-control", "response-content-disposition", "response-content-encoding",
	"response-content-language", "response-content-type", "response-expires", "start-after",
	"upload-id-marker", "version-id-marker", "versionId", "x-id",
}

// s3ConditionKeys are the keys that s3Context sets. For s3:prefix and its like
// AWS sets none but for lists.
var s3ConditionKeys = []string{
	"s3:delimiter", "s3:if-match", "s3:if-none-match", "s3:max-keys", "s3:prefix", "s3:versionid",
	"s3:x-amz-acl", "s3:x-amz-copy-source", "s3:x-amz-server-side-encryption",
	"s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-storage-class",
}

// s3Operations is what AWS evaluates for each operation, from the API Reference
// and the Service Authorization Reference. The key is the method, the level
// (/ for the service, b for a bucket, o for an object) and the sub-resource; the
// first word is the operation, the others are actions. Where a version ID is
// given, s3Versioned says how an action changes.
var s3Operations = map[string]string{
	"GET /":           "ListBuckets s3:ListAllMyBuckets",
	"HEAD b":          "HeadBucket s3:ListBucket",
	"PUT b":           "CreateBucket s3:CreateBucket",
	"DELETE b":        "DeleteBucket s3:DeleteBucket",
	"GET b":           "ListObjects s3:ListBucket",
	"GET b list-type": "ListObjectsV2 s3:ListBucket",
	"GET b versions":  "ListObjectVersions s3:ListBucketVersions",
	"GET b uploads":   "ListMultipartUploads s3:ListBucketMultipartUploads",
	"GET b location":  "GetBucketLocation s3:GetBucketLocation",
	"POST b delete":   "DeleteObjects",

	"GET b versioning": "GetBucketVersioning s3:GetBucketVersioning",
	"PUT b versioning": "PutBucketVersioning s3:PutBucketVersioning",

	"GET o":            "GetObject s3:GetObject",
	"HEAD o":           "HeadObject s3:GetObject",
	"PUT o":            "PutObject s3:PutObject",
	"DELETE o":         "DeleteObject s3:DeleteObject",
	"GET o attributes": "GetObjectAttributes s3:GetObject s3:GetObjectAttributes",
	"GET o tagging":    "GetObjectTagging s3:GetObjectTagging",
	"PUT o tagging":    "PutObjectTagging s3:PutObjectTagging",
	"DELETE o tagging": "DeleteObjectTagging s3:DeleteObjectTagging",

	"POST o uploads":    "CreateMultipartUpload s3:PutObject",
	"PUT o uploadId":    "UploadPart s3:PutObject",
	"POST o uploadId":   "CompleteMultipartUpload s3:PutObject",
	"DELETE o uploadId": "AbortMultipartUpload s3:AbortMultipartUpload",
	"GET o uploadId":    "ListParts s3:ListMultipartUploadParts",
}

var s3Versioned = map[string]string{
	"s3:GetObject":           "s3:GetObjectVersion",
	"s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
	"s3:GetObjectTagging":    "s3:GetObjectVersionTagging",
	"s3:PutObjectTagging":    "s3:PutObjectVersionTagging",
	"s3:DeleteObject":        "s3:DeleteObjectVersion",
	"s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
}

// s3HeaderActions are needed besides s3:PutObject when a request that creates
// an object has such a header.
var s3HeaderActions = []struct{ prefix, action string }{
	{"x-amz-acl", "s3:PutObjectAcl"},
	{"x-amz-grant-", "s3:PutObjectAcl"},
	{"x-amz-tagging", "s3:PutObjectTagging"},
	{"x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"},
	{"x-amz-object-lock-mode", "s3:PutObjectRetention"},
	{"x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"},
}

// decodeS3 reads a path-style request. What it cannot tell: whether a copied
// object has tags, in which case AWS wants s3:GetObjectTagging and
// s3:PutObjectTagging, too.
func decodeS3(r *request) operation {
	bucket, key, ok := s3Path(r.URL)
	if !ok {
		return operation{}
	}
	level, arn := "/", "*"
	if bucket != "" {
		level, arn = "b", "arn:aws:s3:::"+bucket
	}
	if key != "" {
		level, arn = "o", arn+"/"+key
	}
	query := r.URL.Query()
	subresource, ok := s3Subresource(query, level)
	if !ok {
		return operation{}
	}
	words := strings.Fields(s3Operations[strings.TrimSpace(r.Method+" "+level+" "+subresource)])
	if len(words) == 0 {
		return operation{}
	}
	op := operation{name: words[0], actions: words[1:], resource: arn}
	if query.Get("versionId") != "" {
		for i, action := range op.actions {
			if versioned, ok := s3Versioned[action]; ok {
				op.actions[i] = versioned
			}
		}
	}
	switch op.name {
	case "GetObject", "HeadObject", "GetObjectAttributes":
		op.ifMissing = []Permission{{"s3:ListBucket", "arn:aws:s3:::" + bucket}}
	case "PutObject", "CreateMultipartUpload":
		op.actions = append(op.actions, s3HeaderNeeds(r.Header)...)
	case "DeleteObject":
		// "If-Match: *" asks only whether there is an object.
		if match := r.Header.Get("If-Match"); match != "" && match != "*" {
			op.actions = append(op.actions, "s3:GetObject")
		}
		if r.Header.Get("X-Amz-Bypass-Governance-Retention") != "" {
			op.actions = append(op.actions, "s3:BypassGovernanceRetention")
		}
	case "DeleteObjects":
		if op.others, ok = s3Deletes(r, arn); !ok {
			return operation{}
		}
	}
	switch op.name {
	case "PutObject", "CompleteMultipartUpload":
		// The user guide on conditional writes: If-None-Match needs s3:PutObject
		// alone, If-Match needs s3:GetObject besides.
		if r.Header.Get("If-Match") != "" {
			op.actions = append(op.actions, "s3:GetObject")
		}
	}
	if source := r.Header.Get("X-Amz-Copy-Source"); source != "" {
		switch op.name {
		case "PutObject":
			op.name = "CopyObject"
		case "UploadPart":
			op.name = "UploadPartCopy"
		default:
			return operation{}
		}
		if op.others, ok = s3CopySource(source); !ok {
			return operation{}
		}
	}
	op.context = s3Context(r, op.name, query)
	return op
}

// s3Path splits a path into bucket and key. The key is whatever comes after the
// bucket: "a//b" and "a/../b" are keys like any other.
func s3Path(u *url.URL) (bucket, key string, ok bool) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	key, err := url.PathUnescape(key)
	return bucket, key, err == nil && (bucket != "" || key == "")
}

// s3Subresource returns the parameter that makes another operation of a request,
// and false when there are several, or one that is not known here.
func s3Subresource(query url.Values, level string) (string, bool) {
	var found []string
	for name := range query {
		switch {
		case strings.HasPrefix(name, "X-Amz-"):
		case name == "list-type" && level == "b":
			found = append(found, name)
		case name == "partNumber": // goes with GetObject, and with uploadId
		case !slices.Contains(s3Parameters, name):
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", true
	case 1:
		return found[0], true
	}
	return "", false
}

func s3HeaderNeeds(header http.Header) []string {
	var actions []string
	for _, need := range s3HeaderActions {
		for name := range header {
			if strings.HasPrefix(strings.ToLower(name), need.prefix) && !slices.Contains(actions, need.action) {
				actions = append(actions, need.action)
			}
		}
	}
	return actions
}

// s3CopySource reads "bucket/key?versionId=id", with or without a slash before
// it. A plus that is not encoded is a space, as in a query.
func s3CopySource(source string) ([]Permission, bool) {
	source, version, _ := strings.Cut(source, "?versionId=")
	source, err := url.QueryUnescape(strings.TrimPrefix(source, "/"))
	if err != nil || !strings.Contains(source, "/") || strings.HasPrefix(source, "arn:") {
		return nil, false
	}
	action := "s3:GetObject"
	if version != "" {
		action = "s3:GetObjectVersion"
	}
	return []Permission{{action, "arn:aws:s3:::" + source}}, true
}

func s3Deletes(r *request, bucketARN string) ([]Permission, bool) {
	body, err := r.body()
	if err != nil {
		return nil, false
	}
	var request struct {
		Object []struct{ Key, VersionId, ETag string }
	}
	if err := xml.Unmarshal(body, &request); err != nil || len(request.Object) == 0 {
		return nil, false
	}
	var needs []Permission
	for _, object := range request.Object {
		arn := bucketARN + "/" + object.Key
		if object.VersionId != "" {
			needs = append(needs, Permission{"s3:DeleteObjectVersion", arn})
		} else {
			needs = append(needs, Permission{"s3:DeleteObject", arn})
		}
		if object.ETag != "" && object.ETag != "*" {
			needs = append(needs, Permission{"s3:GetObject", arn})
		}
		if r.Header.Get("X-Amz-Bypass-Governance-Retention") != "" {
			needs = append(needs, Permission{"s3:BypassGovernanceRetention", arn})
		}
	}
	return needs, true
}

func s3Context(r *request, operation string, query url.Values) map[string][]string {
	context := map[string][]string{}
	if strings.HasPrefix(operation, "ListObject") || operation == "ListMultipartUploads" {
		for _, name := range []string{"delimiter", "max-keys", "prefix"} {
			if query.Has(name) {
				context["s3:"+name] = []string{query.Get(name)}
			}
		}
	}
	if query.Has("versionId") {
		context["s3:versionid"] = []string{query.Get("versionId")}
	}
	for _, key := range s3ConditionKeys {
		if value := r.Header.Get(strings.TrimPrefix(key, "s3:")); value != "" {
			context[key] = []string{value}
		}
	}
	return context
}
