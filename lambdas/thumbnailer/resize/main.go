// Command resize makes the renditions of images that are uploaded to S3.
//
// Event: SQS, any batch size, ReportBatchItemFailures. The body of a message is a
// notification of S3. It reads uploads with s3:GetObject and s3:GetObjectVersion, and
// needs s3:ListBucket on both buckets, or S3 answers 403 for what is missing.
//
//	RENDITION_BUCKET  gets the renditions, as NAME/KEY.ext: s3:GetObject, s3:PutObject
//	                  and s3:DeleteObject; and records of what was rejected, as
//	                  rejected/KEY.json: s3:GetObject, s3:PutObject
//	RENDITION_PREFIX  begins the keys of all of these, and may be nothing
//	RENDITIONS        what is made, such as [{"name":"web","maxWidth":1280}]
//	CACHE_CONTROL     the Cache-Control of the renditions, and may be nothing
//	MAX_BYTES         the largest upload that is decoded
//	MAX_PIXELS        the largest image that is decoded, as width times height
package main

import (
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/sqsbatch"
	"refstack/lambdas/internal/start"
	"refstack/lambdas/thumbnailer/internal/resizer"
)

func main() {
	aws := start.Up(config.WithHTTPClient(
		awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = 5 * time.Second // Ask again rather than wait for the function's timeout.
		})))
	settings := start.Must(resizer.ConfigFromEnv(os.Getenv))
	lambda.Start(sqsbatch.New(resizer.New(s3.NewFromConfig(aws), settings).Handle))
}
