// Command resize makes the renditions of images that are uploaded to S3.
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
