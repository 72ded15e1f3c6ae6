// Package process starts and stops the server under test and reads what it uses.
package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used since it started, and holds now.
type Usage struct {
	CPU time.Duration
	RSS int64 // bytes of memory that are its own or shared, without the kernel's
}

// Read returns the usage of pid from /proc. A process that has ended is an error.
func Read(pid int) (Usage, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(path)
	if err != nil {
		return Usage{}, fmt.Errorf("process: %w", err)
	}
	// The command's name may hold spaces and brackets; the fields after it do not.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const state, user, system, rss = 0, 11, 12, 21
	if len(fields) <= rss {
		return Usage{}, fmt.Errorf("process: %s is too short", path)
	}
	if fields[state] == "Z" {
		return Usage{}, fmt.Errorf("process: %d has ended", pid)
	}
	var numbers [rss + 1]int64
	for _, i := range []int{user, system, rss} {
		if numbers[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return Usage{}, fmt.Errorf("process: %s: %w", path, err)
		}
	}
	const tick = time.Second / 100 // USER_HZ is 100 on every Linux that Go runs on
	return Usage{
		CPU: time.Duration(numbers[user]+numbers[system]) * tick,
		RSS: numbers[rss] * int64(os.Getpagesize()),
	}, nil
}
