// Package labgob stands in for the lab's package of this name, with another encoding behind the same
// functions.
package labgob

import (
	"bufio"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
	"reflect"
	"sync/atomic"
)

// LabEncoder encodes values for a writer.
type LabEncoder struct{ to io.Writer }

// NewEncoder makes an encoder for `w`.
func NewEncoder(w io.Writer) *LabEncoder { return &LabEncoder{w} }

// Encode encodes a value, or what a pointer points to.
func (enc *LabEncoder) Encode(e interface{}) error { return enc.EncodeValue(reflect.ValueOf(e)) }

// EncodeValue does the same. What it writes begins with the type, so that a decoder can refuse
// another one.
func (enc *LabEncoder) EncodeValue(value reflect.Value) error {
	if !value.IsValid() {
		return fmt.Errorf("gob: cannot encode a nil value")
	}
	out := newEncoder()
	defer out.done()
	kind := nameOf(value.Type())
	out.text(kind)
	// The size of the value stands before it, and is known after it.
	begin := len(out.bytes) + sizeRoom
	out.bytes = append(out.bytes, make([]byte, sizeRoom)...)
	if err := out.marshal(value); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(out.bytes[begin-sizeRoom:], uint32(len(out.bytes)-begin))
	_, err := enc.to.Write(out.bytes)
	return err
}

// How many bytes the size of a value has.
const sizeRoom = 4

type byteReader interface {
	io.Reader
	io.ByteReader
}

// LabDecoder decodes values from a reader.
type LabDecoder struct{ from byteReader }

// NewDecoder makes a decoder for `r`. It reads no more than it decodes, if it can.
func NewDecoder(r io.Reader) *LabDecoder {
	from, is := r.(byteReader)
	if !is {
		from = bufio.NewReader(r)
	}
	return &LabDecoder{from}
}

// Decode reads the next value into what `e` points to.
func (dec *LabDecoder) Decode(e interface{}) error {
	to := reflect.ValueOf(e)
	if to.Kind() != reflect.Ptr || to.IsNil() {
		return fmt.Errorf("gob: attempt to decode into a non-pointer")
	}
	size, err := binary.ReadUvarint(dec.from)
	if err != nil {
		return err
	}
	kind, err := dec.take(size + sizeRoom)
	if err != nil {
		return err
	}
	body, err := dec.take(uint64(binary.LittleEndian.Uint32(kind[size:])))
	if err != nil {
		return err
	}
	// Differs: gob accepts a struct with other fields, if it has some of the same names.
	if want := nameOf(to.Type()); string(kind[:size]) != want {
		return fmt.Errorf("gob: type mismatch: what was encoded is %s, and not %s", kind[:size], want)
	}
	return Unmarshal(body, to)
}

func (dec *LabDecoder) take(size uint64) ([]byte, error) {
	taken := make([]byte, size)
	if _, err := io.ReadFull(dec.from, taken); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return taken, nil
}

// Register makes the type of `value` known, so that an interface that holds it can be encoded.
func Register(value interface{}) { gob.Register(value) }

// RegisterName does the same, under a name.
func RegisterName(name string, value interface{}) { gob.RegisterName(name, value) }

// nameOf describes a type as far as gob tells types apart.
func nameOf(of reflect.Type) string {
	s := shapeOf(of)
	shapesLock.Lock()
	defer shapesLock.Unlock()
	if s.name == "" {
		s.name = describe(s, nil)
	}
	return s.name
}

func describe(s *shape, within []*shape) string {
	for _, outer := range within {
		if outer == s {
			return "..."
		}
	}
	within = append(within, s)
	switch s.kind {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "int"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "uint"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.Ptr:
		return describe(s.elem, within)
	case reflect.Slice:
		return "[]" + describe(s.elem, within)
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", s.of.Len(), describe(s.elem, within))
	case reflect.Struct:
		if len(s.fields) == 0 {
			return s.of.String()
		}
		text := "{"
		for _, field := range s.fields {
			text += s.of.Field(field.at).Name + " " + describe(field.shape, within) + ";"
		}
		return text + "}"
	case reflect.Interface:
		return "any"
	case reflect.Bool, reflect.String:
		return s.kind.String()
	}
	return s.of.String()
}

// The two warnings of the lab's labgob, which it prints once for a type, and once at all.

func warnOfLowerCase(of reflect.Type, field string) {
	fmt.Printf("labgob error: lower-case field %v of %v: it is neither sent nor saved\n", field, of.Name())
}

var warned int32

func warnOfOldValues(to reflect.Value) {
	if atomic.LoadInt32(&warned) == 0 && hasOldValue(to, 0) && atomic.SwapInt32(&warned, 1) == 0 {
		fmt.Printf("labgob warning: decoding into a %v that is not empty: what is zero in the sender's stays as it is\n", to.Type().Elem())
	}
}

func hasOldValue(v reflect.Value, depth int) bool {
	switch v.Kind() {
	case reflect.Ptr:
		return !v.IsNil() && depth < 4 && hasOldValue(v.Elem(), depth+1)
	case reflect.Struct:
		for i, n := 0, v.NumField(); i < n && depth < 4; i++ {
			if hasOldValue(v.Field(i), depth+1) {
				return true
			}
		}
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return !v.IsZero()
	}
	return false
}
