package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"grimoire/internal/api"
	"grimoire/internal/models"
	"grimoire/web"
)

const (
	headerWithin = 5 * time.Second // a request's head must have come
	idleConn     = 2 * time.Minute
	requestsEnd  = 5 * time.Second // what requests under way get when the server ends
	tidyEvery    = 24 * time.Hour
)

// Serve answers browsers and the operator until ctx ends, then takes leave of everybody and closes a.
// ready is called once the address is open, with the origin to visit and, as long as nobody has set this
// server up, the one-time link to do so.
func (a *App) Serve(ctx context.Context, operations []Handler, ready func(origin, setupLink string)) (err error) {
	// What is opened here is closed in the opposite order: requests end while the rooms still work, the
	// rooms save their last words and tell browsers to come back while the store is still there.
	also := func(end func() error) { err = errors.Join(err, end()) }
	defer also(func() error { return a.Close(ctx) })

	if a.config.DatabaseURL != "" { // an open SQLite store has locked the directory
		unlock, err := models.LockDir(a.config.Data)
		if err != nil {
			return err
		}
		defer also(unlock)
	}
	setup, err := a.setupLink(ctx)
	if err != nil {
		return err
	}
	stopTidying := a.tidyDaily()
	defer also(stopTidying)
	stopMetrics, err := a.serveMetrics()
	if err != nil {
		return err
	}
	defer also(stopMetrics)
	stopOperator, err := a.serveOperator(operations)
	if err != nil {
		return err
	}
	defer also(stopOperator)
	listener, err := net.Listen("tcp", a.config.Addr)
	if err != nil {
		return fmt.Errorf("%w; --addr names another address", err)
	}
	stopped, stop := a.background("browsers", listener, a.handler())
	defer also(stop)

	if a.config.Secure() && len(a.proxies) == 0 {
		a.log.Warn("a proxy stands in front and none is trusted: limits count everybody as one; see --trusted-proxies")
	}
	ready(a.config.Origin(), setup)
	select {
	case <-ctx.Done():
		a.log.Info("shutting down")
		return nil
	case err := <-stopped:
		return fmt.Errorf("serve: %w", err)
	}
}

// background answers on listener until stop is called, which waits for the requests under way.
// stopped hears of an end that nobody asked for.
func (a *App) background(who string, listener net.Listener, handler http.Handler) (stopped <-chan error, stop func() error) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerWithin,
		IdleTimeout:       idleConn,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("stopped listening", "for", who, "error", err)
			failed <- err
		}
	}()
	return failed, func() error {
		defer func() { <-done }()
		ctx, cancel := context.WithTimeout(context.Background(), requestsEnd)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			a.log.Warn("requests cut off", "for", who, "error", err)
			return server.Close()
		}
		return nil
	}
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
	_, stop = a.background("metrics", listener, promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{}))
	return stop, nil
}

// tidyDaily removes what has expired or is covered twice, now and every day until stop is called.
func (a *App) tidyDaily() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		day := time.NewTicker(tidyEvery)
		defer day.Stop()
		for {
			if err := a.Classroom.Tidy(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("tidy up", "error", err)
			}
			if rows, err := a.updates.Prune(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("some rows of the log stay; see 'grimoire conversation verify --all'", "deleted", rows, "error", err)
			}
			select {
			case <-day.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() error {
		cancel()
		<-done
		return nil
	}
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

		TrustedProxies: a.proxies,
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
