// Command resize makes the renditions of images that are uploaded to S3.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/sqsbatch"
	"refstack/lambdas/thumbnailer/internal/resizer"
)

func main() {
	slog.SetDefault(lambdacontext.NewLogger())
	if limit := int64(lambdacontext.MemoryLimitInMB) << 20; limit > 0 {
		debug.SetMemoryLimit(limit * 9 / 10) // Collect garbage rather than die of it.
	}
	settings, err := resizer.ConfigFromEnv(os.Getenv)
	if err != nil {
		fail(err)
	}
	aws, err := config.LoadDefaultConfig(context.Background(), config.WithHTTPClient(
		awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = 5 * time.Second // Ask again rather than wait for the function's timeout.
		})))
	if err != nil {
		fail(err)
	}
	lambda.Start(sqsbatch.New(resizer.New(s3.NewFromConfig(aws), settings).Handle))
}

func fail(err error) {
	slog.Error("cannot start", "error", err)
	os.Exit(1)
}
