package classroom

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"grimoire/internal/auth"
)

func TestPreview_RefusesMoreTurnsThanCanBeAdded(t *testing.T) {
	field, _ := reflect.TypeFor[ConversationCreate]().FieldByName("Turns")
	if most := field.Tag.Get("maxItems"); most != fmt.Sprint(maxTurns) {
		t.Errorf("a conversation has at most %s turns, a preview %d", most, maxTurns)
	}
	c := New(Options{})
	both := strings.Repeat("User: a\nAssistant: b\n", maxTurns/2)
	for text, want := range map[string]error{both: nil, both + "User: c": &Error{Code: TooLarge}} {
		preview, err := c.Preview(t.Context(), auth.Actor{}, PreviewRequest{Text: text})
		if !errors.Is(err, want) || err == nil && len(preview.Turns) != maxTurns {
			t.Errorf("%d bytes: %d turns, %v, want %v", len(text), len(preview.Turns), err, want)
		}
	}
}

func TestPreview_WaitsUntilACoreIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{})
		for range cap(c.reading) {
			c.reading <- struct{}{}
		}
		ctx, leave := context.WithCancel(t.Context())
		gone, read := make(chan error, 1), make(chan error, 1)
		preview := func(ctx context.Context, done chan error) {
			_, err := c.Preview(ctx, auth.Actor{}, PreviewRequest{Text: "User: Why?"})
			done <- err
		}
		go preview(ctx, gone)
		go preview(t.Context(), read)
		synctest.Wait()
		if len(gone)+len(read) > 0 {
			t.Fatal("one was read while all slots were taken")
		}
		leave()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("whoever left got %v", err)
		}
		<-c.reading
		if err := <-read; err != nil {
			t.Errorf("whoever waited got %v", err)
		}
		synctest.Wait()
		if n := len(c.reading); n != cap(c.reading)-1 {
			t.Errorf("%d slots are taken afterwards, want %d", n, cap(c.reading)-1)
		}
	})
}
