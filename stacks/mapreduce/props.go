package mapreduce

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"refstack/constructs/distributedmap"
)

const (
	// unreserved is what Lambda keeps for the functions of an account that have
	// reserved nothing.
	unreserved = 100
	// redriveDays is how long a failed run may be redriven.
	redriveDays = 14
	minSplit    = 1 << 10
	// maxBatch is what a mapper reads in mapTimeout three times over, as S3 gives
	// about 60 MB a second to one.
	maxBatch = 1 << 30
	// nameDays is how long Step Functions keeps the name of a run from being used
	// again. A plan that lived longer would be taken for the next one's.
	nameDays = 90
)

var safePrefix = regexp.MustCompile(`^[A-Za-z0-9!_.'()/-]+$`)

// withDefaults copies and completes the props, and panics at what is wrong.
func (props *Props) withDefaults() Props {
	var p Props
	if props != nil {
		p = *props
	}
	p.InputPrefix = cmp.Or(p.InputPrefix, "in/")
	p.Children = cmp.Or(p.Children, distributedmap.Express)
	p.MaxConcurrency = cmp.Or(p.MaxConcurrency, 100)
	p.RunsAtOnce = cmp.Or(p.RunsAtOnce, 2)
	p.AccountConcurrency = cmp.Or(p.AccountConcurrency, 1000)
	p.SplitBytes = cmp.Or(p.SplitBytes, 32<<20)
	p.BatchBytes = cmp.Or(p.BatchBytes, 128<<20)
	p.RunTimeout = cmp.Or(p.RunTimeout, 6*time.Hour)
	p.WorkDays = cmp.Or(p.WorkDays, 30)
	if err := p.validate(); err != nil {
		panic("mapreduce: " + err.Error())
	}
	return p
}

// validate tells what is wrong first.
func (p Props) validate() error {
	switch {
	case !safePrefix.MatchString(p.InputPrefix):
		return fmt.Errorf("InputPrefix must be of letters, digits and !_.'()/-, got %q", p.InputPrefix)
	case p.SplitBytes < minSplit || p.BatchBytes < p.SplitBytes:
		return fmt.Errorf("SplitBytes must be at least %d, and BatchBytes at least SplitBytes, got %d and %d", minSplit, p.SplitBytes, p.BatchBytes)
	case p.BatchBytes > maxBatch:
		return fmt.Errorf("BatchBytes must be at most %d, since a mapper reads some 60,000,000 bytes a second and has %s, got %d", maxBatch, mapTimeout, p.BatchBytes)
	case p.WorkDays > nameDays:
		return fmt.Errorf("WorkDays must be at most the %d days after which a run's name may be used again, got %d", nameDays, p.WorkDays)
	case p.WorkDays <= redriveDays:
		return fmt.Errorf("WorkDays must be more than the %d days for which a run may be redriven, got %d", redriveDays, p.WorkDays)
	case p.RunTimeout < time.Minute:
		return fmt.Errorf("RunTimeout must be at least 1m, got %s", p.RunTimeout)
	}
	return cmp.Or(p.BadRows.validate("BadRows"), p.LostSplits.validate("LostSplits"), p.validateConcurrency())
}

func (t Tolerance) validate(name string) error {
	if t.Count < 0 || t.Percentage < 0 || t.Percentage > 100 {
		return fmt.Errorf("%s must have a Count from 0 and a Percentage from 0 to 100, got %d and %g", name, t.Count, t.Percentage)
	}
	return nil
}

// reserved is the mapper's: each child of each run finds room in it.
func (p Props) reserved() int { return p.MaxConcurrency * p.RunsAtOnce }

// validateConcurrency refuses what would throttle itself.
func (p Props) validateConcurrency() error {
	if p.MaxConcurrency < 1 || p.RunsAtOnce < 1 || p.AccountConcurrency < 1 {
		return fmt.Errorf("MaxConcurrency, RunsAtOnce and AccountConcurrency must be at least 1, got %d, %d and %d",
			p.MaxConcurrency, p.RunsAtOnce, p.AccountConcurrency)
	}
	if left := p.AccountConcurrency - p.reserved(); left < unreserved {
		return fmt.Errorf("%d runs of %d mappers need %d concurrent executions reserved, but of the account's %d that leaves %d, and Lambda keeps %d unreserved",
			p.RunsAtOnce, p.MaxConcurrency, p.reserved(), p.AccountConcurrency, left, unreserved)
	}
	if p.RunsAtOnce*levelConcurrency > unreserved {
		return fmt.Errorf("%d runs of %d reducers need more than the %d concurrent executions that Lambda keeps unreserved",
			p.RunsAtOnce, levelConcurrency, unreserved)
	}
	return nil
}
