package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is all that can be set. A flag beats the environment, which beats the default.
type Config struct {
	// Addr is where the server listens, host:port.
	Addr string `env:"GRIMOIRE_ADDR" envDefault:"127.0.0.1:8080"`
	// Data is the directory of the SQLite file, the lock and the operator's socket.
	Data string `env:"GRIMOIRE_DATA" envDefault:"data"`
	// DatabaseURL is a postgres:// address; empty means SQLite in Data.
	DatabaseURL string `env:"GRIMOIRE_DATABASE_URL"`
	// PublicURL is the origin people type, such as https://grimoire.school.example.
	// Empty means the address the browser used, which must then be Addr or a loopback name of it.
	PublicURL string `env:"GRIMOIRE_PUBLIC_URL"`
	// TrustedProxies are the reverse proxies in front, as addresses or networks with commas between
	// them. Their X-Forwarded-For says who asks; empty means that nobody's does, and limits then
	// count everybody behind a proxy as one.
	TrustedProxies string `env:"GRIMOIRE_TRUSTED_PROXIES"`
	// MetricsAddr is where Prometheus finds figures, host:port; empty means nowhere.
	MetricsAddr string `env:"GRIMOIRE_METRICS_ADDR"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `env:"GRIMOIRE_LOG_LEVEL" envDefault:"info"`
}

// ConfigFromEnv reads the environment over the defaults.
func ConfigFromEnv() (Config, error) {
	config, err := env.ParseAs[Config]()
	if err != nil {
		return Config{}, fmt.Errorf("environment: %w", err)
	}
	return config, nil
}

// Check says what is wrong with c in words for the operator who set it.
func (c Config) Check() error {
	var faults []error
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		faults = append(faults, fmt.Errorf("address %q is not host:port, such as 127.0.0.1:8080", c.Addr))
	}
	if c.MetricsAddr != "" {
		if _, _, err := net.SplitHostPort(c.MetricsAddr); err != nil {
			faults = append(faults, fmt.Errorf("metrics address %q is not host:port, such as 127.0.0.1:9090", c.MetricsAddr))
		}
	}
	if c.Data == "" {
		faults = append(faults, errors.New("the data directory is empty; the default is ./data"))
	}
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		faults = append(faults, errors.New("the database URL must begin with postgres://; leave it empty for SQLite"))
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
			faults = append(faults, fmt.Errorf("public URL %q must be an origin, such as https://grimoire.school.example", c.PublicURL))
		}
	}
	if _, err := c.trustedProxies(); err != nil {
		faults = append(faults, err)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		faults = append(faults, fmt.Errorf("log level %q is none of debug, info, warn, error", c.LogLevel))
	}
	return errors.Join(faults...)
}

// Secure reports whether browsers reach the server over TLS, and so get Secure cookies.
func (c Config) Secure() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// Origin is the address to print and to put into links when no request tells a better one.
func (c Config) Origin() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil || host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// trustedProxies reads TrustedProxies; an address is a network of one.
func (c Config) trustedProxies() ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for part := range strings.SplitSeq(c.TrustedProxies, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		proxy, err := netip.ParsePrefix(part)
		if addr, plain := netip.ParseAddr(part); plain == nil {
			proxy, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q is no address or network, such as 127.0.0.1 or 10.0.0.0/8", part)
		}
		proxies = append(proxies, proxy)
	}
	return proxies, nil
}

// store is the URL that models.Open takes.
func (c Config) store() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + filepath.Join(c.Data, "grimoire.db")
}

func (c Config) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // Check has refused this already
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
