package answers

import (
	"time"

	"refstack/lambdas/internal/model"
)

// reserve is what the model leaves of the time for an answer, to tell how it ended.
const reserve = 200 * time.Millisecond

// The limits of a model that somebody waits for, for Config.Model.
var (
	WholeLimits = model.Limits{Time: maxWait, Reserve: reserve}
	// A stream lives up to 15 minutes in API Gateway, as in Lambda, and a model may
	// think for some of them.
	StreamLimits = model.Limits{Time: 15 * time.Minute, Stall: 4 * time.Minute, Reserve: reserve}
)
