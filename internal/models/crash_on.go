//go:build crashpoint

package models

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// GRIMOIRE_CRASH=NAME:N makes the process kill itself when it comes to the place called NAME for the Nth time, as
// kill -9 would at that moment. The places are the calls of crash in this package.
var (
	crashName, crashAt = crashPoint(os.Getenv("GRIMOIRE_CRASH"))
	crashPasses        atomic.Int64
)

func crashPoint(value string) (name string, at int64) {
	name, number, given := strings.Cut(value, ":")
	if !given {
		return "", 0
	}
	at, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("GRIMOIRE_CRASH=%s: %v", value, err))
	}
	return name, at
}

func crash(name string) {
	if name == crashName && crashPasses.Add(1) == crashAt {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it takes effect
	}
}
