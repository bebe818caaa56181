package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/constructs/distributedmap"
	"refstack/internal/settings"
	"refstack/stacks/mapreduce"
)

var mapReduceStack = stack{"MapReduce", "f and g over files of any size, with Step Functions Distributed Map", func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings) {
	mapreduce.New(app, id, &mapreduce.Props{
		StackProps:         props,
		Production:         s.Production(),
		Architecture:       architecture(s),
		AlarmEmail:         s.AlarmEmail,
		Children:           map[string]distributedmap.Children{"express": distributedmap.Express, "standard": distributedmap.Standard}[s.MapReduce.Children],
		MaxConcurrency:     s.MapReduce.Concurrency,
		AccountConcurrency: s.MapReduce.AccountConcurrency,
		BadRows:            mapreduce.Tolerance{Count: s.MapReduce.BadRows, Percentage: s.MapReduce.BadRowsPercentage},
	})
}}
