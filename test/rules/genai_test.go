package rules

var genAIMutants = of("GenAi",
	under("prod-all", socketMutants, streamMutants, integrationMutants, timeoutMutants, modelMutants, iotMutants, budgetMutants),
	under("dev-http", secretMutants), under("dev-sagemaker", sageMakerMutants), globalModelMutants)
