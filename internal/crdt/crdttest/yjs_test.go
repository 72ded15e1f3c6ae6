package crdttest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
)

// yjs is oracle.mjs, real yjs, as a child process that answers one request after the
// other; oracle/README.md lists the verbs.
type yjs struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func startYjs(t *testing.T) *yjs {
	t.Helper()
	requireOracle(t)
	cmd := exec.Command("node", "oracle.mjs")
	cmd.Dir = "oracle"
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // it ends with its input
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &yjs{t, in, bufio.NewReader(out)}
}

// ask sends a request and reads the answer into reply, a pointer or nil.
func (y *yjs) ask(verb string, request map[string]any, reply any) {
	y.t.Helper()
	if refused := y.try(verb, request, reply); refused != "" {
		y.t.Fatalf("yjs, asked for %s: %s", verb, refused)
	}
}

// try is ask for what yjs may refuse; it returns yjs's error, or "".
func (y *yjs) try(verb string, request map[string]any, reply any) (refused string) {
	y.t.Helper()
	request["verb"] = verb
	body, err := json.Marshal(request)
	if err != nil {
		y.t.Fatal(err)
	}
	if _, err := y.in.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
		y.t.Fatal(err)
	}
	var size uint32
	if err := binary.Read(y.out, binary.LittleEndian, &size); err != nil {
		y.t.Fatal(err)
	}
	answer := make([]byte, size)
	if _, err := io.ReadFull(y.out, answer); err != nil {
		y.t.Fatal(err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(answer, &failed); err != nil {
		y.t.Fatal(err)
	}
	if reply != nil && failed.Error == "" {
		if err := json.Unmarshal(answer, reply); err != nil {
			y.t.Fatal(err)
		}
	}
	return failed.Error
}
