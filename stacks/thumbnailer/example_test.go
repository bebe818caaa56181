package thumbnailer_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/stacks/thumbnailer"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}})

	photos := thumbnailer.New(app, "Photos", &thumbnailer.Props{
		Production: true,
		AlarmEmail: "ops@example.com",
		Renditions: []thumbnailer.Rendition{
			{Name: "large", MaxWidth: 1920, MaxHeight: 1920},
			{Name: "square", MaxWidth: 256, MaxHeight: 256, Fit: thumbnailer.FitCover},
		},
	})

	fmt.Println(*photos.Stack.StackName())
	// Output: Photos
}
