package thumbnailer_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3notifications"
	"github.com/aws/jsii-runtime-go"

	"refstack/stacks/thumbnailer"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func arn(id string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }

func join(parts ...any) map[string]any { return map[string]any{"Fn::Join": []any{"", parts}} }

func TestDefaults(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", nil)
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::S3::Bucket", 3)
	template.Has("AWS::Lambda::Function", map[string]any{
		"MemorySize": 1769,
		"Timeout":    60,
		"Environment": map[string]any{"Variables": map[string]any{
			"RENDITION_BUCKET": map[string]any{"Ref": template.ID("AWS::S3::Bucket", "Renditions")},
			"RENDITION_PREFIX": "",
			"RENDITIONS":       `[{"name":"web","maxWidth":1280},{"name":"tablet","maxWidth":768},{"name":"mobile","maxWidth":320}]`,
			"CACHE_CONTROL":    "public, max-age=86400",
			"MAX_BYTES":        "33554432",
			"MAX_PIXELS":       "50000000",
		}},
	})
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
		"BatchSize": 5, "ScalingConfig": map[string]any{"MaximumConcurrency": 10},
	})
	template.Has("AWS::SQS::Queue", map[string]any{"VisibilityTimeout": 360})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"Namespace": "Thumbnailer", "MetricName": "Rejected", "Statistic": "Sum", "Threshold": 10,
		"Dimensions": []any{map[string]any{"Name": "FunctionName", "Value": map[string]any{"Ref": template.ID("AWS::Lambda::Function", "Resize")}}},
	})
}

// TestNotificationsNeedNoCustomResource holds what the stack gives up
// AddEventNotification for, and what it must then do itself.
func TestNotificationsNeedNoCustomResource(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", &thumbnailer.Props{
		UploadPrefix: "in/", UploadSuffixes: []string{".jpg", ".JPG"}, Production: true,
	})
	template := cdktest.TemplateOf(t, s.Stack)
	queue := template.ID("AWS::SQS::Queue", "WorkQueue")
	policy := template.ID("AWS::SQS::QueuePolicy", "WorkQueue")
	template.Count("Custom::S3BucketNotifications", 0)
	template.Count("AWS::Lambda::Function", 1)

	configuration := func(suffix string) map[string]any {
		return map[string]any{
			"Event": "s3:ObjectCreated:*",
			"Queue": arn(queue),
			"Filter": map[string]any{"S3Key": map[string]any{"Rules": []any{
				map[string]any{"Name": "prefix", "Value": "in/"}, map[string]any{"Name": "suffix", "Value": suffix},
			}}},
		}
	}
	template.HasResource("AWS::S3::Bucket", map[string]any{
		"DependsOn": []any{policy},
		"Properties": map[string]any{"NotificationConfiguration": map[string]any{
			"QueueConfigurations": []any{configuration(".jpg"), configuration(".JPG")},
		}},
	})
	template.Has("AWS::SQS::QueuePolicy", map[string]any{
		"Queues": []any{map[string]any{"Ref": queue}},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Sid":       "AllowNotifications",
			"Effect":    "Allow",
			"Principal": map[string]any{"Service": "s3.amazonaws.com"},
			"Action":    "sqs:SendMessage",
			"Resource":  arn(queue),
			"Condition": map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}},
				"ArnLike":      map[string]any{"aws:SourceArn": join("arn:", map[string]any{"Ref": "AWS::Partition"}, ":s3:::*")},
			},
		}})},
	})
}

func TestEveryKeyNeedsNoFilter(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", &thumbnailer.Props{UploadSuffixes: []string{""}})
	cdktest.TemplateOf(t, s.Stack).Has("AWS::S3::Bucket", map[string]any{
		"NotificationConfiguration": map[string]any{"QueueConfigurations": []any{
			map[string]any{"Event": "s3:ObjectCreated:*", "Queue": assertions.Match_AnyValue(), "Filter": assertions.Match_Absent()},
		}},
	})
}

func TestAnotherNotificationOnOurBucketIsRefused(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", nil)
	s.UploadBucket.AddEventNotification(awss3.EventType_OBJECT_REMOVED, awss3notifications.NewSqsDestination(s.Queue.Queue))
	cdktest.Panics(t, "AddEventNotification on the upload bucket would replace the thumbnailer's own notifications", func() {
		awscdk.App_Of(s.Stack).Synth(nil)
	})
}

func TestRoleAllowsUploadsAndOutputsOnly(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", &thumbnailer.Props{
		UploadPrefix:    "in/",
		RenditionPrefix: "out/",
		Renditions:      []thumbnailer.Rendition{{Name: "small", MaxWidth: 100}},
	})
	template := cdktest.TemplateOf(t, s.Stack)
	template.Has("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{
		"RENDITION_PREFIX": "out/",
		"RENDITIONS":       `[{"name":"small","maxWidth":100}]`,
	})}})
	// Nothing but the records expires: the renditions are what it is all for.
	template.Has("AWS::S3::Bucket", map[string]any{"LifecycleConfiguration": map[string]any{"Rules": assertions.Match_ArrayWith(&[]any{map[string]any{
		"Id": "ExpireRejected", "Prefix": "out/rejected/", "ExpirationInDays": 90, "Status": "Enabled",
	}})}})
	uploads, renditions := arn(template.ID("AWS::S3::Bucket", "Uploads")), arn(template.ID("AWS::S3::Bucket", "Renditions"))
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{map[string]any{"Ref": template.ID("AWS::IAM::Role", "Resize")}},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			map[string]any{"Effect": "Allow", "Action": []any{"s3:GetObject", "s3:GetObjectVersion"}, "Resource": join(uploads, "/in/*")},
			map[string]any{
				"Effect": "Allow", "Action": []any{"s3:GetObject", "s3:PutObject"},
				"Resource": []any{join(renditions, "/out/rejected/*"), join(renditions, "/out/small/*")},
			},
			map[string]any{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": join(renditions, "/out/small/*")},
			map[string]any{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": []any{renditions, uploads}},
		})},
	})
}

// TestBucketsOfTheUser brings a bucket with a key for both ends.
func TestBucketsOfTheUser(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
	bucket := awss3.NewBucket(mine, jsii.String("Images"), &awss3.BucketProps{
		EncryptionKey: awskms.NewKey(mine, jsii.String("Key"), nil),
	})
	s := thumbnailer.New(app, "Thumbnailer", &thumbnailer.Props{
		UploadBucket: bucket, UploadPrefix: "in/", RenditionBucket: bucket, UploadSuffixes: []string{".jpg"},
	})
	if s.UploadBucket != awss3.IBucket(bucket) || s.RenditionBucket != awss3.IBucket(bucket) {
		t.Error("the stack does not use the user's bucket")
	}
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::S3::Bucket", 0)
	for _, actions := range [][]any{{"kms:Decrypt"}, {"kms:GenerateDataKey*"}} {
		template.Has("AWS::IAM::Policy", map[string]any{
			"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&map[string]any{
				"Action": assertions.Match_ArrayWith(&actions), "Effect": "Allow",
			})})},
		})
	}
	template.Has("Custom::S3BucketNotifications", map[string]any{
		"Managed": false, // Those of others on the bucket stay.
		"NotificationConfiguration": map[string]any{"QueueConfigurations": []any{assertions.Match_ObjectLike(&map[string]any{
			"Events": []any{"s3:ObjectCreated:*"},
			"Filter": map[string]any{"Key": map[string]any{"FilterRules": []any{
				map[string]any{"Name": "suffix", "Value": ".jpg"}, map[string]any{"Name": "prefix", "Value": "in/"},
			}}},
		})}},
	})
}

// TestKeysOfTheUser brings two buckets, each with a key of its own.
func TestKeysOfTheUser(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
	bucket := func(id string) awss3.IBucket {
		return awss3.NewBucket(mine, jsii.String(id), &awss3.BucketProps{EncryptionKey: awskms.NewKey(mine, jsii.String(id+"Key"), nil)})
	}
	uploads, renditions := bucket("In"), bucket("Out")
	s := thumbnailer.New(app, "Thumbnailer", &thumbnailer.Props{UploadBucket: uploads, RenditionBucket: renditions})
	template := cdktest.TemplateOf(t, s.Stack)
	key := func(bucket awss3.IBucket) any { return s.Stack.Resolve(bucket.EncryptionKey().KeyArn()) }
	template.Has("AWS::IAM::Policy", map[string]any{"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
		map[string]any{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key(uploads)},
		map[string]any{
			"Effect": "Allow", "Action": []any{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
			"Resource": key(renditions),
		},
	})}})
}

func TestOneBucketNeedsDisjointPrefixes(t *testing.T) {
	for uploads, want := range map[string]string{
		"":           `uploads (prefix "") and renditions (prefix "rejected/") overlap in one bucket`,
		"web/":       `uploads (prefix "web/") and renditions (prefix "web/") overlap in one bucket`,
		"web/photos": `uploads (prefix "web/photos") and renditions (prefix "web/") overlap in one bucket`,
		"rej":        `uploads (prefix "rej") and renditions (prefix "rejected/") overlap in one bucket`,
	} {
		cdktest.Panics(t, "thumbnailer: "+want, func() {
			app := cdktest.NewApp(t, nil)
			mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
			thumbnailer.New(app, "Thumbnailer", &thumbnailer.Props{
				UploadBucket:    awss3.Bucket_FromBucketName(mine, jsii.String("In"), jsii.String("images")),
				RenditionBucket: awss3.Bucket_FromBucketName(mine, jsii.String("Out"), jsii.String("images")),
				UploadPrefix:    uploads,
			})
		})
	}
}

func TestBadProps(t *testing.T) {
	renditions := func(r ...thumbnailer.Rendition) thumbnailer.Props { return thumbnailer.Props{Renditions: r} }
	for want, props := range map[string]thumbnailer.Props{
		"at least one of Renditions is needed": {Renditions: []thumbnailer.Rendition{}},
		`a rendition's Name must be 1 to 64 lower-case letters, digits and dashes, the first one no dash, got "-a"`:                              renditions(thumbnailer.Rendition{Name: "-a", MaxWidth: 1}),
		`a rendition's Name must be 1 to 64 lower-case letters, digits and dashes, the first one no dash, got "` + strings.Repeat("a", 65) + `"`: renditions(thumbnailer.Rendition{Name: strings.Repeat("a", 65), MaxWidth: 1}),
		`a rendition's Name must be 1 to 64 lower-case letters, digits and dashes, the first one no dash, got "a/b"`:                             renditions(thumbnailer.Rendition{Name: "a/b", MaxWidth: 1}),
		`no rendition can be named "rejected"`:                                                           renditions(thumbnailer.Rendition{Name: "rejected", MaxWidth: 1}),
		`rendition "a" needs a MaxWidth, a MaxHeight or both`:                                            renditions(thumbnailer.Rendition{Name: "a"}),
		`rendition "a": MaxWidth and MaxHeight must be from 1 to 65535, got 65536 and 0`:                 renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 65536}),
		`rendition "a": MaxWidth and MaxHeight must be from 1 to 65535, got 0 and -1`:                    renditions(thumbnailer.Rendition{Name: "a", MaxHeight: -1}),
		`rendition "a": Fit must be "inside" or "cover", got "fill"`:                                     renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1, Fit: "fill"}),
		`rendition "a": Fit "cover" needs both MaxWidth and MaxHeight`:                                   renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1, Fit: "cover"}),
		`rendition "a": Format must be "auto", "jpeg" or "png", got "webp"`:                              renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1, Format: "webp"}),
		`rendition "a": Quality must be from 1 to 100, got 101`:                                          renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1, Quality: 101}),
		`two renditions are named "a"`:                                                                   renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1}, thumbnailer.Rendition{Name: "a", MaxWidth: 2}),
		"UploadSuffixes must hold 1 to 100 suffixes, or be nil for the default, got 0":                   {UploadSuffixes: []string{}},
		"UploadSuffixes must hold 1 to 100 suffixes, or be nil for the default, got 101":                 {UploadSuffixes: strings.Split(strings.Repeat(".x,", 100)+".y", ",")},
		`UploadSuffixes ".b.c" and ".c" overlap, which S3 refuses`:                                       {UploadSuffixes: []string{".c", ".b.c"}},
		`UploadSuffixes ".tar.gz" and ".gz" overlap, which S3 refuses`:                                   {UploadSuffixes: []string{".tar.gz", ".gz"}},
		`UploadSuffixes must be of letters, digits and !_.'()/-, got ".j*"`:                              {UploadSuffixes: []string{".j*"}},
		`UploadPrefix must be of letters, digits and !_.'()/-, got "a b/"`:                               {UploadPrefix: "a b/"},
		`RenditionPrefix must be of letters, digits and !_.'()/-, got "${x}"`:                            {RenditionPrefix: "${x}"},
		"MaxBytes and MaxPixels must be positive, got -1 and 50000000":                                   {MaxBytes: -1},
		"MaxBytes and MaxPixels must be positive, got 33554432 and -1":                                   {MaxPixels: -1},
		`rendition "a": Quality must be from 1 to 100, got -1`:                                           renditions(thumbnailer.Rendition{Name: "a", MaxWidth: 1, Quality: -1}),
		"MemoryMiB is 1769, but an image of MaxPixels 100000000 and MaxBytes 33554432 may take 2448 MiB": {MaxPixels: 100_000_000},
		"gofunction: MemoryMiB must be from 128 to 10240, got 20000":                                     {MemoryMiB: 20_000},
		"workqueue: MaxConcurrency must be from 2 to 1000, got 1":                                        {MaxConcurrency: 1},
		"alarmtopic: Email must be an address such as ops@example.com, got ops":                          {AlarmEmail: "ops"},
	} {
		if !strings.Contains(want, ": Mem") && !strings.Contains(want, "workqueue") && !strings.Contains(want, "alarmtopic") {
			want = "thumbnailer: " + want
		}
		cdktest.Panics(t, want, func() { thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", &props) })
	}
}

func TestCallersPropsStayAsTheyWere(t *testing.T) {
	props := &thumbnailer.Props{}
	thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", props)
	if props.Renditions != nil || props.UploadSuffixes != nil || props.MemoryMiB != 0 || props.CacheControl != "" {
		t.Errorf("New changed its caller's props: %+v", props)
	}
}
