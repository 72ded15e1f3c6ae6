package lib0

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestAny_RoundTrips(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		bytes []byte
	}{
		{"undefined", Undefined{}, []byte{127}},
		{"null", nil, []byte{126}},
		{"zero", 0, []byte{125, 0}},
		{"negative zero", math.Copysign(0, -1), []byte{125, 0x40}},
		{"small", -63, []byte{125, 0x7f}},
		{"two bytes", 64, []byte{125, 0x80, 1}},
		{"largest integer", 1<<31 - 1, []byte{125, 0xbf, 0xff, 0xff, 0xff, 0x0f}},
		{"beyond it a float32", 1 << 31, []byte{124, 0x4f, 0, 0, 0}},
		{"float64", 0.1, []byte{123, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a}},
		{"not a number", math.NaN(), []byte{123, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0}},
		{"bigint", BigInt(-2), []byte{122, 255, 255, 255, 255, 255, 255, 255, 254}},
		{"string", "é", []byte{119, 2, 0xc3, 0xa9}},
		{"bytes", []byte{1, 2}, []byte{116, 2, 1, 2}},
		{"array", []any{true, false}, []byte{117, 2, 120, 121}},
		{"object, indexes first", map[string]any{"b": nil, "10": nil, "9": nil}, []byte{118, 3, 1, '9', 126, 2, '1', '0', 126, 1, 'b', 126}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AppendAny(nil, c.value)
			if err != nil || !bytes.Equal(got, c.bytes) {
				t.Fatalf("wrote %v, %v, want %v", got, err, c.bytes)
			}
			r := NewReader(got)
			if again := r.Any(); !bytes.Equal(again, got) {
				t.Errorf("canonical bytes became %v", again)
			}
			r = NewReader(got)
			if again, err := AppendAny(nil, r.Value()); err != nil || !bytes.Equal(again, got) {
				t.Errorf("read and written again: %v, %v", again, err)
			}
		})
	}
	if _, err := AppendAny(nil, struct{}{}); err == nil {
		t.Error("a struct was accepted")
	}
}

func TestAny_ForeignFormsBecomeCanonical(t *testing.T) {
	for _, c := range []struct {
		name      string
		from, out []byte
	}{
		{"integer with a needless byte", []byte{125, 0x81, 0}, []byte{125, 1}},
		{"integer as float64", []byte{123, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0}, []byte{125, 1}},
		{"float32 as float64", []byte{123, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0}, []byte{124, 0x3f, 0, 0, 0}},
		{"large integer", []byte{125, 0x80, 0x80, 0x80, 0x80, 0x10}, []byte{124, 0x4f, 0, 0, 0}},
		{"keys out of order", []byte{118, 2, 1, 'a', 126, 1, '1', 126}, []byte{118, 2, 1, '1', 126, 1, 'a', 126}},
		{"key twice: first place, last value", []byte{118, 3, 1, 'a', 126, 1, 'b', 126, 1, 'a', 120}, []byte{118, 2, 1, 'a', 120, 1, 'b', 126}},
		{"__proto__ is lost", append(append([]byte{118, 1, 9}, "__proto__"...), 126), []byte{118, 0}},
		{"inside of an array", []byte{117, 0x81, 0, 125, 0x81, 0}, []byte{117, 1, 125, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(c.from)
			if got := r.Any(); !bytes.Equal(got, c.out) || r.Len() != 0 {
				t.Errorf("got %v, want %v (%v)", got, c.out, r.Err())
			}
		})
	}
}

func TestJSON_PrintsAsJavaScript(t *testing.T) {
	for _, c := range []struct{ text, printed string }{
		{` [ 1 , -0 , 1e21 , 1e-7 , 0.1 , 123456789012 ] `, `[1,0,1e+21,1e-7,0.1,123456789012]`},
		{`"\u00e9\/\n\u0001 <>&\u2028"`, "\"é/\\n\\u0001 <>&\u2028\""},
		{`"\ud83d\ude00 \ud83d"`, `"😀 \ud83d"`},
		{`{"b":1,"2":{},"a":[],"1":null,"b":true}`, `{"1":null,"2":{},"b":true,"a":[]}`},
		{`1e999`, `null`},
	} {
		any, err := AnyFromJSON(nil, []byte(c.text), 0)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		r := NewReader(any)
		if got := string(r.JSON(nil)); got != c.printed {
			t.Errorf("%s prints as %s, want %s", c.text, got, c.printed)
		}
	}
	for _, text := range []string{``, `nul`, `01`, `1.`, `+1`, `"a`, "\"\n\"", `"\x"`, `"\u12"`, `[1,]`, `[1 2]`, `{"a"}`, `{a:1}`, `{"a":1,}`, `1 1`} {
		var de *DecodeError
		if _, err := AnyFromJSON(nil, []byte(text), 7); !errors.As(err, &de) || de.Offset < 7 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Objects come out in JavaScript's order at every depth, also those with more keys
// than are compared one by one; JSON keeps "__proto__", Any loses it.
func TestCanonical_OrdersKeysAtEveryDepth(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"indexes first", `{"b":1,"10":2,"9":{"a":[{"1":1,"0":2}],"3":0}}`, `{"9":{"3":0,"a":[{"0":2,"1":1}]},"10":2,"b":1}`},
		{"the last of doubles, at the first place", `{"a":1,"b":{"c":[{}],"c":2},"a":[3]}`, `{"a":[3],"b":{"c":2}}`},
		{"many keys", `{"i":1,"h":1,"g":1,"f":1,"e":1,"d":1,"c":1,"b":{"x":[]},"a":1,"0":{},"i":[{"1":1,"0":{}}]}`,
			`{"0":{},"i":[{"0":{},"1":1}],"h":1,"g":1,"f":1,"e":1,"d":1,"c":1,"b":{"x":[]},"a":1}`},
		{"a double behind many keys", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"a":2}`,
			`{"a":2,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}`},
		{"a key of JSON only", `{"__proto__":{"1":1},"0":2}`, `{"0":2,"__proto__":{"1":1}}`},
		{"in order", `{"a":[1,[2,{"b":{}}]],"c":""}`, `{"a":[1,[2,{"b":{}}]],"c":""}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AnyFromJSON([]byte("kept"), []byte(c.json), 0)
			if err != nil || string(got[:4]) != "kept" {
				t.Fatalf("%q, %v", got, err)
			}
			r := NewReader(got[4:])
			if text := r.JSON(nil); string(text) != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
	foreign := []byte{anyObject, 3, 1, 'b', anyArray, 1, anyObject, 2, 1, '1', anyNull, 1, '0', anyTrue,
		9, '_', '_', 'p', 'r', 'o', 't', 'o', '_', '_', anyArray, 1, anyNull, 1, '7', anyNull}
	r := NewReader(foreign)
	again := NewReader(r.Any())
	if got, want := string(again.JSON(nil)), `{"7":null,"b":[{"0":true,"1":null}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every array of 128 values and more needs room for its count.
func TestAnyFromJSON_CountsManyValues(t *testing.T) {
	for _, n := range []int{127, 128, 20_000} {
		text := "[" + strings.Repeat("[1],", n-1) + "{}]"
		any, err := AnyFromJSON(nil, []byte(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(any)
		if got := string(r.JSON(nil)); got != text || r.Len() > 0 {
			t.Errorf("%d values came back as %d bytes, want %d", n, len(got), len(text))
		}
	}
}

// Arrays and objects of more than 127 values in one another, at many levels and side by
// side: the counts are put in afterwards, all at once.
func TestAnyFromJSON_CountsManyValuesAtManyLevels(t *testing.T) {
	for name, text := range map[string]string{
		"deep":          strings.Repeat("["+strings.Repeat("1,", 200), 2000) + "1" + strings.Repeat("]", 2000),
		"side by side":  "[" + strings.Repeat("["+strings.Repeat("null,", 300)+"[]],", 200) + "7]",
		"three bytes":   "[[" + strings.Repeat("true,", 20_000) + "0],[" + strings.Repeat("[],", 130) + "0]]",
		"small in wide": "[" + strings.Repeat("[1,[2]],", 127) + "[" + strings.Repeat("3,", 127) + "4]]",
	} {
		before := []byte("what was there")
		any, err := AnyFromJSON(before, []byte(text), 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rest, kept := strings.CutPrefix(string(any), "what was there")
		r := NewReader([]byte(rest))
		if got := string(r.JSON(nil)); !kept || got != text || r.Len() > 0 || r.Err() != nil {
			t.Errorf("%s: %d bytes came back as %d, %d are left, %v", name, len(text), len(got), r.Len(), r.Err())
		}
	}
	object := `{"a":[` + strings.Repeat("1,", 150) + `2]`
	for i := range 150 {
		object += fmt.Sprintf(`,"k%03d":{"b":[%s0]}`, i, strings.Repeat("5,", 130))
	}
	object += "}"
	any, err := AnyFromJSON(nil, []byte(object), 0)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader(any)
	if got := string(r.JSON(nil)); got != object {
		t.Errorf("an object of %d bytes came back as %d", len(object), len(got))
	}
}

func TestAppendWellFormed_ReplacesLoneSurrogates(t *testing.T) {
	any, err := AnyFromJSON(nil, []byte(`{"\ud800":["\udc00 ok",0.1]}`), 0)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader(AppendWellFormed(nil, any))
	if got := string(r.JSON(nil)); got != "{\"\ufffd\":[\"\ufffd ok\",0.1]}" {
		t.Errorf("got %s", got)
	}
}

func TestUint_RefusesBeyond53Bits(t *testing.T) {
	r := NewReader(AppendUint(nil, MaxInt))
	if got := r.Uint(); got != MaxInt || r.Err() != nil {
		t.Errorf("read %d, %v", got, r.Err())
	}
	for _, b := range [][]byte{AppendUint(nil, MaxInt+1), AppendUint(nil, 1<<63), bytes.Repeat([]byte{0xff}, 20), {0x80}} {
		r := NewReader(b)
		if got := r.Uint(); r.Err() == nil {
			t.Errorf("%x was read as %d", b, got)
		}
	}
}

func TestColumns_RoundTrip(t *testing.T) {
	numbers := []uint64{0, 0, 0, 5, 5, 7, 9, 11, 13, MaxInt, MaxInt - 9, 0, 1, 2, 3, 0, 0}
	var u UintOptRleEncoder
	var i IntDiffOptRleEncoder
	var b RleEncoder
	var s StringEncoder
	words := []string{"", "a", "é😀", "a", "", "日本"}
	for _, n := range numbers {
		u.Write(n)
		i.Write(n)
		b.Write(byte(n))
	}
	for _, w := range words {
		s.Write([]byte(w))
	}
	ud := UintOptRleDecoder{Reader: NewReader(u.Bytes())}
	id := IntDiffOptRleDecoder{Reader: NewReader(i.Bytes())}
	bd := RleDecoder{Reader: NewReader(b.Bytes())}
	for at, n := range numbers {
		if x, y, z := ud.Next(), id.Next(), bd.Next(); x != n || y != n || z != byte(n) {
			t.Errorf("number %d: read %d, %d and %d, want %d", at, x, y, z, n)
		}
	}
	sd := NewStringDecoder(NewReader(s.Bytes()))
	for at, w := range words {
		if got := string(sd.Next()); got != w {
			t.Errorf("word %d: read %q, want %q", at, got, w)
		}
	}
	if err := errors.Join(ud.Err(), id.Err(), bd.Err(), sd.Err()); err != nil {
		t.Error(err)
	}
	if sd.Next(); sd.Err() == nil {
		t.Error("no error behind the last word")
	}
}

// A column may cut a surrogate pair: both parts get U+FFFD, as in JavaScript.
func TestStringDecoder_CutsPairs(t *testing.T) {
	var lengths UintOptRleEncoder
	lengths.Write(2)
	lengths.Write(3)
	d := NewStringDecoder(NewReader(append(AppendString(nil, "a😀bc"), lengths.Bytes()...)))
	if a, b := string(d.Next()), string(d.Next()); a != "a\ufffd" || b != "\ufffdbc" || d.Err() != nil {
		t.Errorf("read %q and %q, %v", a, b, d.Err())
	}
}
