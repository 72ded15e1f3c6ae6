package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// Time ends a session and tells nobody. An open tab is closed nevertheless, long before the time comes at which
// everybody is asked about again.
func TestWatch_ASessionThatExpiresClosesItsSockets(t *testing.T) {
	modelstest.EachURL(t, func(t *testing.T, url string) {
		config := Config{Addr: "127.0.0.1:0", Data: t.TempDir(), LogLevel: "error"}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			config.Data = filepath.Dir(path)
		} else {
			config.DatabaseURL = url
		}
		a, err := Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(a.handler())
		t.Cleanup(func() {
			server.Close()
			if err := a.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		demo, err := a.Classroom.Demo(t.Context(), Operator, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var tabs []*websocket.Conn
		for _, token := range demo.Sessions {
			conn, _, err := websocket.Dial(ctx, server.URL+"/ws/conversations/"+demo.Conversations[0].String(), &websocket.DialOptions{
				HTTPHeader: http.Header{"Origin": {server.URL}, "Cookie": {a.Cookie(token)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			tabs = append(tabs, conn)
		}
		expiring, staying := tabs[0], tabs[1]

		actor, err := a.Classroom.Authenticate(ctx, demo.Sessions[0])
		if err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-time.Second)
		if err := models.SawSession(ctx, a.db.Write, actor.SessionID, past, past); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, _, err = expiring.Read(ctx)
		}
		if websocket.CloseStatus(err) != 4401 {
			t.Errorf("it ended with %v, want 4401", err)
		}
		go func() { // the library answers a ping while somebody reads
			for err := error(nil); err == nil; {
				_, _, err = staying.Read(ctx)
			}
		}()
		if err := staying.Ping(ctx); err != nil {
			t.Errorf("the other session: %v", err)
		}
	})
}
