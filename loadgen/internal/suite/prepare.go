package suite

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"

	"grimoire/loadgen/internal/load"
)

// prepared runs the server's prepare command, if it has one, and returns the
// target with the rooms and accounts that the command printed.
func (s Server) prepared(ctx context.Context, spec load.Spec) (load.Target, error) {
	target := s.Target
	if len(s.Prepare) == 0 {
		return target, nil
	}
	cmd := exec.CommandContext(ctx, s.Prepare[0], s.Prepare[1:]...)
	cmd.Dir = s.Dir
	cmd.Env = append(s.Environ(),
		"ROOMS="+strconv.Itoa(spec.RoomsNeeded()),
		"CLIENTS="+strconv.Itoa(max(spec.Clients, 1)))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		return target, fmt.Errorf("suite: prepare %s: %w: %s", s.Name, err, bytes.TrimSpace(stderr.Bytes()))
	}
	access, err := load.ParseAccess(stdout)
	if err != nil {
		return target, fmt.Errorf("suite: prepare %s: %w", s.Name, err)
	}
	target.Access = target.With(access)
	return target, nil
}
