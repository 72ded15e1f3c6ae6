// Package app puts Grimoire together: it reads the settings, opens the store, introduces the rooms to the
// classroom and to the tables, and takes all of it down in the right order.
//
//	            ┌── api ──> classroom ──> models
//	Serve ── http                │ ▲ Rooms
//	            └── ws.Hub ──────┘ │
//	                 │ Gate ───────┘      wiring.go: Log, Gate, Rooms meet here and nowhere else
//	                 └ Log ──────────> models.UpdateLog
//
// The command line uses the same assembly. When a server is up it works inside that server, through its
// local socket (operator.go), so that whatever it writes goes through the live rooms.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"grimoire/internal/api"
	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
	"grimoire/internal/ws"
	"grimoire/web"
)

// Operator is whoever sits at the command line of the server.
var Operator = auth.Actor{Name: "operator", Operator: true}

// App is an open store with everything that works on it.
type App struct {
	Classroom *classroom.Classroom

	config  Config
	log     *slog.Logger
	db      *models.DB
	hub     *ws.Hub
	cookies auth.Cookies
	metrics *prometheus.Registry
}

// shutdownWithin bounds a graceful end; a supervisor's own patience is usually 30 s.
const shutdownWithin = 25 * time.Second

// Open opens the store that config names, makes it what this version expects, and assembles the rest.
// A directory that another process has open is refused.
func Open(ctx context.Context, config Config) (_ *App, err error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	a := &App{
		config:  config,
		log:     config.logger(),
		cookies: auth.Cookies{Secure: config.Secure()},
		metrics: prometheus.NewRegistry(),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.closeStore())
		}
	}()

	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if a.db, err = models.Open(ctx, config.store()); err != nil {
		return nil, err
	}
	if err := a.db.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("migrate the store: %w", err)
	}

	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	entrance := &gate{}
	a.hub = ws.NewHub(ws.Options{
		Log:         log{models.NewUpdateLog(a.db, time.Now)},
		Gate:        entrance,
		Token:       func(r *http.Request) string { return a.cookies.Token(r).Reveal() },
		AllowOrigin: a.sameOrigin,
		Logger:      a.log,
		Metrics:     a.metrics,
	})
	a.Classroom = classroom.New(classroom.Options{
		DB:     a.db,
		Rooms:  a.hub,
		Now:    time.Now,
		Random: rand.Reader,
		Logger: a.log,
	})
	entrance.classroom = a.Classroom
	return a, nil
}

// Origin is the address that links begin with when no request tells a better one.
func (a *App) Origin() string { return a.config.Origin() }

// Cookie is the Cookie header of a browser that holds token.
func (a *App) Cookie(token auth.Token) string {
	return a.cookies.Name() + "=" + token.Reveal()
}

// WithStore opens the store alone, as it is, and closes it after work.
func WithStore(ctx context.Context, config Config, work func(*models.DB) error) error {
	db, err := models.Open(ctx, config.store())
	if err != nil {
		return err
	}
	return errors.Join(work(db), db.Close())
}

// OpenAPI returns the document of the HTTP API as JSON.
func OpenAPI() ([]byte, error) { return api.OpenAPI() }

// Close saves what the rooms hold and closes the store.
func (a *App) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	return errors.Join(a.hub.Shutdown(ctx), a.closeStore())
}

func (a *App) closeStore() error {
	if a.db == nil {
		return nil
	}
	return a.db.Close()
}

// Serve answers browsers and the operator until ctx ends, then takes leave of everybody and closes a.
// ready is called once the address is open, with the origin to visit and, as long as nobody has set this
// server up, the one-time link to do so.
func (a *App) Serve(ctx context.Context, operations []Handler, ready func(origin, setupLink string)) (err error) {
	listener, err := net.Listen("tcp", a.config.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), a.Close(ctx))
	}
	setup, err := a.setupLink(ctx)
	if err != nil {
		return errors.Join(err, listener.Close(), a.Close(ctx))
	}
	stopOperator, err := a.serveOperator(context.WithoutCancel(ctx), operations)
	if err != nil {
		return errors.Join(err, listener.Close(), a.Close(ctx))
	}
	server := &http.Server{
		Handler:           a.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	stopMetrics, err := a.serveMetrics()
	if err != nil {
		return errors.Join(err, server.Close(), a.Close(ctx))
	}
	ready(a.config.Origin(), setup)

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.log.Info("shutting down")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	// The sockets are the hub's: http.Server.Shutdown neither closes nor awaits them. The hub goes
	// first, so that browsers hear "reconnect" while the store is still there to save their last words.
	err = errors.Join(err, a.hub.Shutdown(last), server.Shutdown(last))
	stopOperator()
	return errors.Join(err, stopMetrics(), a.closeStore())
}

// serveMetrics answers a Prometheus server on an address of its own, which is for operators and not for the
// class; without an address nothing listens.
func (a *App) serveMetrics() (stop func() error, err error) {
	if a.config.MetricsAddr == "" {
		return func() error { return nil }, nil
	}
	listener, err := net.Listen("tcp", a.config.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	server := &http.Server{
		Handler:           promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("metrics", "error", err)
		}
	}()
	return func() error { defer func() { <-done }(); return server.Close() }, nil
}

// setupLink returns the link that makes the first account, or "" when somebody has done so.
func (a *App) setupLink(ctx context.Context) (string, error) {
	token, err := a.Classroom.NewSetupToken(ctx)
	if err != nil || token == "" {
		return "", err
	}
	return a.config.Origin() + "/setup#" + token.Reveal(), nil
}

// healthy asks the store a question.
func (a *App) healthy(r *http.Request) error {
	_, err := models.StoreEpoch(r.Context(), a.db)
	return err
}

func (a *App) handler() http.Handler {
	return api.New(api.Options{
		Classroom: a.Classroom,
		Logger:    a.log,
		Secure:    a.config.Secure(),
		Origin:    a.originOf,
		Healthy:   a.healthy,
		Web:       web.Handler(api.Nonce),
		WS:        a.hub,
	})
}

// originOf is the address that links in the answer to r begin with.
func (a *App) originOf(r *http.Request) string {
	if a.config.PublicURL != "" {
		return a.config.Origin()
	}
	return "http://" + r.Host
}

// sameOrigin reports whether r comes from a page of this server. A page that made its own name point here
// passes, but then the browser sends it no cookie of ours.
func (a *App) sameOrigin(r *http.Request) bool {
	return r.Header.Get("Origin") == a.originOf(r)
}
