package load

import (
	"context"
	"fmt"
	"time"
)

const (
	rateStep  = 1.5
	rateSteps = 20 // far beyond what one process can make
)

// capacity raises the edit rate until the server falls behind, and returns the
// last run in which everything arrived in time. A target that names its rooms
// has the same ones at every rate.
func (r *Run) capacity(ctx context.Context) (Result, error) {
	best, step := Result{Spec: r.Spec}, *r
	for range rateSteps {
		result, err := step.classroom(ctx)
		switch {
		case err != nil && (best.Sent == 0 || ctx.Err() != nil):
			return best, err
		case err != nil:
			best.Limit = err.Error()
		default:
			best.Limit = result.behind(r.Late)
		}
		if best.Limit != "" {
			return best, nil
		}
		best = result
		step.Spec.Rate *= rateStep
	}
	best.Limit = "no higher rate was tried"
	return best, nil
}

// behind says how the server fell behind, or nothing if it did not.
func (r *Result) behind(late time.Duration) string {
	switch {
	case r.Delivered < r.Expected:
		return fmt.Sprintf("%d of %d deliveries missing", r.Expected-r.Delivered, r.Expected)
	case r.Unsaved > 0:
		return fmt.Sprintf("%d of %d edits not called durable", r.Unsaved, r.Sent)
	case r.Edit.P99 > float64(late)/float64(time.Millisecond):
		return fmt.Sprintf("99th percentile of %.0f ms", r.Edit.P99)
	}
	return ""
}
