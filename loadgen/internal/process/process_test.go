package process

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsageOfThisProcess(t *testing.T) {
	u, err := Read(os.Getpid())
	if err != nil || u.RSS < 1<<20 {
		t.Errorf("got %+v, %v", u, err)
	}
	if _, err := Read(1 << 30); err == nil {
		t.Error("a process that cannot be has a usage")
	}
}

func TestStartFreshRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	log := filepath.Join(t.TempDir(), "log")
	const free = "127.0.0.1:1" // nobody listens on a port below 1024 here
	for want, c := range map[string]Command{
		"outside":             {Args: []string{"true"}, Address: free, Data: []string{"/etc/passwd"}},
		"has no command":      {Address: free},
		"already listens":     {Args: []string{"true"}, Address: taken.Addr().String()},
		"executable file not": {Args: []string{"no-such-server"}, Address: free},
		"see " + log:          {Args: []string{"false"}, Address: free, Log: log},
	} {
		if _, err := StartFresh(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
