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
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"grimoire/internal/api"
	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
	"grimoire/internal/ws"
)

// Operator is whoever sits at the command line of the server.
var Operator = auth.Actor{Name: "operator", Operator: true}

// App is an open store with everything that works on it.
type App struct {
	Classroom *classroom.Classroom

	config  Config
	proxies []netip.Prefix // that are trusted
	log     *slog.Logger
	db      *models.DB
	updates *models.UpdateLog
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
	proxies, err := config.trustedProxies()
	if err != nil {
		return nil, err
	}
	a := &App{
		config:  config,
		proxies: proxies,
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

	sealKey, err := models.SealKey(ctx, a.db, rand.Reader)
	if err != nil {
		return nil, err
	}

	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.updates = models.NewUpdateLog(a.db, time.Now)
	entrance := &gate{}
	a.hub = ws.NewHub(ws.Options{
		Log:         log{a.updates},
		Gate:        entrance,
		Watch:       watchOf(a.db),
		Token:       func(r *http.Request) string { return a.cookies.Token(r).Reveal() },
		AllowOrigin: a.sameOrigin,
		SealKey:     sealKey,
		Logger:      a.log,
		Metrics:     a.metrics,
	})
	a.Classroom = classroom.New(classroom.Options{
		DB:     a.db,
		Rooms:  a.hub,
		Repair: repairs{a.hub},
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
