package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"refstack/lambdas/internal/problem"
)

// Why a job failed, in words for its caller.
const (
	reasonTask    = "There is no such task."
	reasonRefused = "The model declined to answer."
	reasonUnfit   = "The model cannot take this input."
	reasonBroken  = "The model cannot be asked. Ask again when we have repaired that."
	reasonSpent   = "The model did not finish its answer in time, though it was asked twice."
)

// maxReason is the most bytes of a reason that quotes the names of fields, which
// may be the caller's.
const maxReason = 1000

// reasonOfInput names the fields that are at fault.
func reasonOfInput(ctx context.Context, err error) string {
	var p *problem.Problem
	if !errors.As(err, &p) {
		slog.ErrorContext(ctx, "the task makes no prompt", "error", err)
		return reasonBroken
	}
	reason := "The input is not valid."
	if p.Detail != "" {
		reason += " " + p.Detail
	}
	for _, fault := range p.Faults {
		reason += fmt.Sprintf(" %s %s.", fault.Pointer, fault.Detail)
	}
	reason = reason[:min(len(reason), maxReason)]
	return strings.ToValidUTF8(reason, "")
}
