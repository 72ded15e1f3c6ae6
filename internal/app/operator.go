package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"grimoire/internal/classroom"
)

// An Operation is one thing an operator asks for, named, with a request and a result that are plain JSON
// shapes. The same function runs in the process of the command when no server is up, and inside the
// server when one is: there it goes through the live rooms, and the command only carries bytes.
type Operation[Req, Res any] struct {
	Name string
	Run  func(ctx context.Context, a *App, request Req) (Res, error)
}

// Handler is an Operation with its shapes forgotten: what a server can be asked over its local socket.
type Handler interface {
	name() string
	serve(ctx context.Context, a *App, request []byte) (any, error)
}

func (o Operation[Req, Res]) name() string { return o.Name }

func (o Operation[Req, Res]) serve(ctx context.Context, a *App, request []byte) (any, error) {
	var req Req
	if err := json.Unmarshal(request, &req); err != nil {
		return nil, &classroom.Error{Code: classroom.Invalid, Message: "The request is not what this version of Grimoire expects.", Err: err}
	}
	return o.Run(ctx, a, req)
}

// Do runs o in the server that owns the store, or here when there is none.
func (o Operation[Req, Res]) Do(ctx context.Context, config Config, request Req) (Res, error) {
	var result Res
	conn, err := dialOperator(ctx, config)
	switch {
	case err == nil:
		err = o.remote(ctx, conn, request, &result)
		return result, err
	case !errors.Is(err, errNoServer):
		return result, err
	}
	a, err := Open(ctx, config)
	if err != nil {
		return result, err
	}
	result, err = o.Run(ctx, a, request)
	return result, errors.Join(err, a.Close(ctx))
}

// remote carries the request over conn, which it closes.
func (o Operation[Req, Res]) remote(ctx context.Context, conn net.Conn, request Req, result *Res) error {
	client := http.Client{Transport: &http.Transport{
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		DisableKeepAlives: true,
	}}
	defer conn.Close()
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://operator/"+o.Name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var refused refusal
		if err := json.NewDecoder(res.Body).Decode(&refused); err != nil {
			return fmt.Errorf("the running server answered %s: %w", res.Status, err)
		}
		return refused.err()
	}
	if err := json.NewDecoder(res.Body).Decode(result); err != nil {
		return fmt.Errorf("read the running server's answer: %w", err)
	}
	return nil
}

// refusal is a classroom.Error on the socket. The operator owns the machine, so its cause goes along.
type refusal struct {
	Code    classroom.Code    `json:"code"`
	Message string            `json:"message"`
	Fields  []classroom.Field `json:"fields,omitempty"`
	Cause   string            `json:"cause,omitempty"`
}

func newRefusal(err error) refusal {
	var known *classroom.Error
	if !errors.As(err, &known) {
		return refusal{Code: classroom.Internal, Message: err.Error()}
	}
	r := refusal{Code: known.Code, Message: known.Message, Fields: known.Fields}
	if known.Err != nil {
		r.Cause = known.Err.Error()
	}
	return r
}

func (r refusal) err() error {
	err := &classroom.Error{Code: r.Code, Message: r.Message, Fields: r.Fields}
	if r.Cause != "" {
		err.Err = errors.New(r.Cause)
	}
	return err
}

// errNoServer says that nothing listens on the operator's socket.
var errNoServer = errors.New("no server is running on this store")

// operatorSocket is where the server of a store listens for its operator: in the data directory, under
// a name of its own for each PostgreSQL database, so that a command never reaches a server of another
// store. A Unix socket's path may hold 104 bytes; a deeper directory gets one in the temporary directory.
func operatorSocket(config Config) (string, error) {
	dir, err := filepath.Abs(config.Data)
	if err != nil {
		return "", err
	}
	name := "operator.sock"
	if config.DatabaseURL != "" {
		name = "operator-" + shortHash(config.DatabaseURL) + ".sock"
	}
	if path := filepath.Join(dir, name); len(path) <= 100 {
		return path, nil
	}
	return filepath.Join(os.TempDir(), "grimoire-"+shortHash(filepath.Join(dir, name))+".sock"), nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// dialOperator connects to the server of config's store, or returns errNoServer.
func dialOperator(ctx context.Context, config Config) (net.Conn, error) {
	path, err := operatorSocket(config)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, errNoServer
	} else if err != nil {
		return nil, err
	}
	// Nobody else may pose as the server by making the socket first.
	if isAnothers(info) {
		return nil, fmt.Errorf("%s belongs to another user; run this command as the user who runs the server", path)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if errors.Is(err, errConnRefused) || errors.Is(err, fs.ErrNotExist) {
		return nil, errNoServer // left behind by a killed server
	}
	return conn, err
}

// serveOperator answers the operator until stop is called. The data directory is locked, so a socket that is
// already there was left behind by a killed server.
func (a *App) serveOperator(handlers []Handler) (stop func() error, err error) {
	path, err := operatorSocket(a.config)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old operator socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for the operator: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	for _, h := range handlers {
		mux.HandleFunc("POST /"+h.name(), func(w http.ResponseWriter, r *http.Request) { a.answerOperator(w, r, h) })
	}
	_, stop = a.background("the operator", listener, mux)
	return stop, nil
}

func (a *App) answerOperator(w http.ResponseWriter, r *http.Request, h Handler) {
	w.Header().Set("Content-Type", "application/json")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOperatorRequest))
	var result any
	if err == nil {
		result, err = h.serve(r.Context(), a, body)
	}
	var answer []byte
	if err == nil {
		answer, err = json.Marshal(result)
	}
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		if err := json.NewEncoder(w).Encode(newRefusal(err)); err != nil {
			a.log.Warn("answer the operator", "error", err)
		}
		return
	}
	if _, err := w.Write(answer); err != nil {
		a.log.Warn("answer the operator", "error", err)
	}
}

// maxOperatorRequest bounds one request, a conversation's file with its JSON escapes included.
const maxOperatorRequest = 64 << 20
