package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional tells a value that was given from one that was not. Fields of it are tagged omitzero. For a value
// that may be taken away, T is a pointer, and JSON null is nil.
type Optional[T any] struct {
	Value T
	Given bool
}

// Some returns a given value.
func Some[T any](value T) Optional[T] { return Optional[T]{Value: value, Given: true} }

// IsZero reports whether nothing was given; encoding/json then leaves the field out.
func (o Optional[T]) IsZero() bool { return !o.Given }

// Or returns the value, or other when none was given.
func (o Optional[T]) Or(other T) T {
	if o.Given {
		return o.Value
	}
	return other
}

// MarshalJSON writes the value as T is written.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// UnmarshalJSON reads a value that is there. It refuses null unless T is a pointer.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) && reflect.TypeFor[T]().Kind() != reflect.Pointer {
		return errors.New("must not be null")
	}
	o.Given = true
	return json.Unmarshal(data, &o.Value)
}

// Schema describes the value as T is described, for the OpenAPI document.
func (Optional[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Pointer {
		return r.Schema(t, true, "")
	}
	schema := *r.Schema(t.Elem(), true, "")
	schema.Nullable = true
	return &schema
}

// A patch copies what a request gives into a row, and remembers the columns.
type patch struct{ columns []string }

func apply[T any](p *patch, column string, field *T, sent Optional[T]) {
	if sent.Given {
		*field = sent.Value
		p.columns = append(p.columns, column)
	}
}
