package rules

var genAIMutants = of("GenAi",
	Under("prod-all", socketMutants, streamMutants, integrationMutants, timeoutMutants, modelMutants, iotMutants, budgetMutants),
	Under("dev-http", secretMutants), Under("dev-sagemaker", sageMakerMutants), globalModelMutants)
