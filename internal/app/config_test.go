package app

import (
	"fmt"
	"strings"
	"testing"
)

func TestConfig_NonsenseIsNamed(t *testing.T) {
	good := Config{Addr: "127.0.0.1:8080", Data: "data", LogLevel: "info"}
	if err := good.Check(); err != nil {
		t.Fatalf("the defaults are refused: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"address":       func(c *Config) { c.Addr = "8080" },
		"metrics":       func(c *Config) { c.MetricsAddr = "9090" },
		"data":          func(c *Config) { c.Data = "" },
		"database URL":  func(c *Config) { c.DatabaseURL = "mysql://localhost" },
		"public URL":    func(c *Config) { c.PublicURL = "grimoire.school.example/path" },
		"trusted proxy": func(c *Config) { c.TrustedProxies = "10.0.0.0/8, proxy.school.example" },
		"log level":     func(c *Config) { c.LogLevel = "loud" },
	} {
		bad := good
		change(&bad)
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("bad %s: got %v", name, err)
		}
	}
}

func TestConfig_TrustedProxies(t *testing.T) {
	for set, want := range map[string]string{
		"":                               "[]",
		"127.0.0.1":                      "[127.0.0.1/32]",
		" 10.0.0.0/8 ,, 2001:db8::1,::1": "[10.0.0.0/8 2001:db8::1/128 ::1/128]",
	} {
		if got, err := (Config{TrustedProxies: set}).trustedProxies(); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, %v, want %s", set, got, err, want)
		}
	}
}
