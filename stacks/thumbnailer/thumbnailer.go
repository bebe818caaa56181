// Package thumbnailer is the architecture that serverless began with: a file
// arrives, a function wakes, and nothing runs in between. An image put into the
// upload bucket becomes its renditions in the rendition bucket.
//
//	upload bucket → notification → work queue → resize function → rendition bucket
package thumbnailer

import (
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/constructs/output"
	"refstack/constructs/workqueue"
)

// Props configure the Thumbnailer stack.
type Props struct {
	awscdk.StackProps

	// Production keeps the data when the stack is deleted, and its logs for a
	// year. Defaults to deleting everything with the stack.
	Production bool
	// Architecture is the processor that runs the function. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmEmail is told of alarms. Defaults to telling nobody.
	AlarmEmail string

	// UploadBucket is where images arrive. One that is passed in keeps the
	// notifications it has, and gets those of this stack from a custom resource
	// of the CDK. Defaults to a new private bucket, which needs none.
	UploadBucket awss3.IBucket
	// UploadPrefix limits what wakes the function to keys that begin with it.
	// Defaults to every key.
	UploadPrefix string
	// UploadSuffixes limit what wakes the function to keys that end in one of
	// them; S3 tells upper case from lower. Defaults to the usual extensions of
	// JPEG, PNG, GIF and WebP in both cases; []string{""} is every key.
	UploadSuffixes []string

	// RenditionBucket is where renditions go, as NAME/KEY.ext, and where what
	// cannot become one is recorded, as rejected/KEY.json. It may be the upload
	// bucket, where the prefixes are disjoint. Defaults to a new private bucket.
	RenditionBucket awss3.IBucket
	// RenditionPrefix begins the key of everything that the function writes.
	// Defaults to none.
	RenditionPrefix string
	// Renditions are made of every image. Defaults to DefaultRenditions.
	Renditions []Rendition
	// CacheControl tells browsers and CDNs how long they may keep a rendition.
	// Defaults to a day: "public, max-age=86400".
	CacheControl string

	// MaxBytes is the largest upload that is decoded. Defaults to 32 MiB.
	MaxBytes int64
	// MaxPixels is the largest image that is decoded, as width times height.
	// Defaults to 50 million.
	MaxPixels int64
	// MemoryMiB is the function's memory, which must hold the largest image
	// decoded. Defaults to 1769 MiB, which brings one whole core.
	MemoryMiB int
	// MaxConcurrency is how many batches of images are worked on at once, from
	// 2 to 1000. Defaults to 10.
	MaxConcurrency int
}

// Thumbnailer is the stack, and the parts that a user may want to tune.
type Thumbnailer struct {
	Stack           awscdk.Stack
	UploadBucket    awss3.IBucket
	RenditionBucket awss3.IBucket
	Queue           *workqueue.WorkQueue
	Resize          *gofunction.GoFunction
	Alarms          *alarmtopic.AlarmTopic
}

// New makes the Thumbnailer stack. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *Thumbnailer {
	p := props.withDefaults()
	stack := awscdk.NewStack(scope, jsii.String(id), &p.StackProps)

	alarms := alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: p.AlarmEmail})
	queue := workqueue.New(stack, "Work", &workqueue.Props{AlarmTopic: alarms.Topic})
	buckets := newBuckets(stack, p)
	resize := gofunction.New(stack, "Resize", &gofunction.Props{
		Entry:        "lambdas/thumbnailer/resize",
		Description:  "Makes the renditions of an uploaded image",
		MemoryMiB:    p.MemoryMiB,
		Timeout:      time.Minute,
		Architecture: p.Architecture,
		AlarmTopic:   alarms.Topic,
		Retain:       p.Production,
		Environment: map[string]string{
			"RENDITION_BUCKET": *buckets.renditions.BucketName(),
			"RENDITION_PREFIX": p.RenditionPrefix,
			"RENDITIONS":       renditionsJSON(p.Renditions),
			"CACHE_CONTROL":    p.CacheControl,
			"MAX_BYTES":        strconv.FormatInt(p.MaxBytes, 10),
			"MAX_PIXELS":       strconv.FormatInt(p.MaxPixels, 10),
		},
	})

	buckets.notify(queue.Queue, p)
	// A batch is small, since a crash sends all of it back to the queue.
	queue.Consume(resize.Function, &workqueue.ConsumerProps{BatchSize: 5, MaxConcurrency: p.MaxConcurrency})
	buckets.grant(resize.Role, p)
	alarmOnRejections(stack, resize.Function, alarms.Topic, p)

	output.New(stack, "UploadBucketName", buckets.uploads.BucketName(), "Put images here, under the prefix "+strconv.Quote(p.UploadPrefix))
	output.New(stack, "RenditionBucketName", buckets.renditions.BucketName(), "Renditions appear here, as NAME/KEY.ext")
	output.New(stack, "DeadLetterQueueUrl", queue.DeadLetterQueue.QueueUrl(), "Notifications that failed every try wait here")
	output.New(stack, "AlarmTopicArn", alarms.Topic.TopicArn(), "Subscribe to this topic to be told of alarms")

	return &Thumbnailer{
		Stack:           stack,
		UploadBucket:    buckets.uploads,
		RenditionBucket: buckets.renditions,
		Queue:           queue,
		Resize:          resize,
		Alarms:          alarms,
	}
}
