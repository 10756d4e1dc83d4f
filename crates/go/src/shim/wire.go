package labgob

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"math"
	"reflect"
	"sync"
)

// How values become bytes. gob describes every type anew in everything that it encodes, and compiles
// it anew at the other end, which takes longer than all that a server does with a message. Here both
// ends are the same program, so the types are known.
//
// What a program can see of gob stays: only exported fields are encoded; a field that is zero or
// empty is not, and the receiver's keeps the value that it had; pointers are followed. A value that
// contains a type which this file does not know goes through gob as a whole.

const (
	byGob = iota
	byShape
)

// Marshal returns the bytes of a value, or of what a pointer points to.
func Marshal(value reflect.Value) ([]byte, error) {
	root := shapeOf(value.Type())
	if root.isKnown {
		out := encoder{bytes: append(make([]byte, 0, 96), byShape)}
		if err := out.put(value, root); err != nil {
			return nil, err
		}
		if !out.isStrange {
			return out.bytes, nil
		}
	}
	out := bytes.NewBuffer([]byte{byGob})
	err := gob.NewEncoder(out).EncodeValue(value)
	return out.Bytes(), err
}

// Unmarshal reads what Marshal returned into what `to` points to.
func Unmarshal(sent []byte, to reflect.Value) error {
	warnOfOldValues(to)
	if sent[0] == byGob {
		return gob.NewDecoder(bytes.NewReader(sent[1:])).DecodeValue(to)
	}
	in := decoder{sent[1:]}
	in.get(to, shapeOf(to.Type()))
	return nil
}

// shape is what the two functions need to know of a type.
type shape struct {
	kind    reflect.Kind
	of      reflect.Type
	name    string // what labgob writes of it
	elem    *shape // of a pointer, a slice or an array
	fields  []field
	isKnown bool // whether values of this type go without gob
}

type field struct {
	at    int
	shape *shape
}

// The memory's collector may stop a goroutine wherever it allocates, and let others run.
var (
	shapesLock sync.Mutex
	shapes     = map[reflect.Type]*shape{}
)

func shapeOf(of reflect.Type) *shape {
	shapesLock.Lock()
	defer shapesLock.Unlock()
	return newShape(of)
}

func newShape(of reflect.Type) *shape {
	if s := shapes[of]; s != nil {
		return s
	}
	// A type may contain itself, so that it is in the map before its parts are.
	s := &shape{kind: of.Kind(), of: of, isKnown: true}
	shapes[of] = s
	if speaksForItself(of) {
		s.isKnown = false
		return s
	}
	switch s.kind {
	case reflect.Ptr, reflect.Slice, reflect.Array:
		s.elem = newShape(of.Elem())
		s.isKnown = s.elem.isKnown
	case reflect.Struct:
		for at := 0; at < of.NumField(); at++ {
			part := of.Field(at)
			// As gob does, without fields in lower case, channels and functions.
			if part.PkgPath != "" {
				warnOfLowerCase(of, part.Name)
				continue
			}
			if part.Type.Kind() == reflect.Chan || part.Type.Kind() == reflect.Func {
				continue
			}
			s.fields = append(s.fields, field{at, newShape(part.Type)})
			s.isKnown = s.isKnown && s.fields[len(s.fields)-1].shape.isKnown
		}
		s.isKnown = s.isKnown && len(s.fields) > 0
	case reflect.Interface:
		s.isKnown = of.NumMethod() == 0
	case reflect.Map, reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		s.isKnown = false
	}
	return s
}

var (
	gobEncoder      = reflect.TypeOf((*gob.GobEncoder)(nil)).Elem()
	binaryMarshaler = reflect.TypeOf((*encoding.BinaryMarshaler)(nil)).Elem()
)

// speaksForItself returns whether values of a type encode themselves.
func speaksForItself(of reflect.Type) bool {
	to := reflect.PtrTo(of)
	return to.Implements(gobEncoder) || to.Implements(binaryMarshaler)
}

type encoder struct {
	bytes     []byte
	isStrange bool // whether an interface holds what only gob can encode
}

func (out *encoder) size(n int) { out.bytes = binary.AppendUvarint(out.bytes, uint64(n)) }

func (out *encoder) put(v reflect.Value, s *shape) error {
	switch s.kind {
	case reflect.Bool:
		is := byte(0)
		if v.Bool() {
			is = 1
		}
		out.bytes = append(out.bytes, is)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		out.bytes = binary.AppendVarint(out.bytes, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		out.bytes = binary.AppendUvarint(out.bytes, v.Uint())
	case reflect.Float32, reflect.Float64:
		out.bytes = binary.LittleEndian.AppendUint64(out.bytes, math.Float64bits(v.Float()))
	case reflect.String:
		out.size(v.Len())
		out.bytes = append(out.bytes, v.String()...)
	case reflect.Slice:
		out.size(v.Len())
		if s.elem.kind == reflect.Uint8 {
			out.bytes = append(out.bytes, v.Bytes()...)
			return nil
		}
		return out.putAll(v, s.elem)
	case reflect.Array:
		return out.putAll(v, s.elem)
	case reflect.Ptr:
		if v.IsNil() {
			return fmt.Errorf("gob: encodeReflectValue: nil element")
		}
		return out.put(v.Elem(), s.elem)
	case reflect.Interface:
		out.putAny(v)
	case reflect.Struct:
		// One bit for each field: whether it was sent.
		bits := len(out.bytes)
		for i := 0; i < len(s.fields); i += 8 {
			out.bytes = append(out.bytes, 0)
		}
		for i := range s.fields {
			f := &s.fields[i]
			if part := v.Field(f.at); isSent(part, f.shape) {
				out.bytes[bits+i/8] |= 1 << (uint(i) % 8)
				if err := out.put(part, f.shape); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (out *encoder) putAll(list reflect.Value, elem *shape) error {
	for i, n := 0, list.Len(); i < n; i++ {
		if err := out.put(list.Index(i), elem); err != nil {
			return err
		}
	}
	return nil
}

// What an interface holds: raftsim's commands are strings, and some Rafts have entries of their own.
const (
	anyNil = iota
	anyString
	anyInt
)

func (out *encoder) putAny(v reflect.Value) {
	switch held := v.Interface().(type) {
	case nil:
		out.bytes = append(out.bytes, anyNil)
	case string:
		out.bytes = append(out.bytes, anyString)
		out.size(len(held))
		out.bytes = append(out.bytes, held...)
	case int:
		out.bytes = binary.AppendVarint(append(out.bytes, anyInt), int64(held))
	default:
		out.isStrange = true
	}
}

// isSent returns whether gob sends a field.
func isSent(v reflect.Value, s *shape) bool {
	switch s.kind {
	case reflect.Struct, reflect.Array:
		return true
	case reflect.Slice:
		return v.Len() > 0
	case reflect.Float32, reflect.Float64:
		return v.Float() != 0
	case reflect.Ptr:
		return !v.IsNil() && isSent(v.Elem(), s.elem)
	}
	return !v.IsZero()
}

type decoder struct{ bytes []byte }

func (in *decoder) size() int {
	n, read := binary.Uvarint(in.bytes)
	in.bytes = in.bytes[read:]
	return int(n)
}

func (in *decoder) int() int64 {
	n, read := binary.Varint(in.bytes)
	in.bytes = in.bytes[read:]
	return n
}

func (in *decoder) take(n int) []byte {
	taken := in.bytes[:n]
	in.bytes = in.bytes[n:]
	return taken
}

func (in *decoder) get(v reflect.Value, s *shape) {
	switch s.kind {
	case reflect.Bool:
		v.SetBool(in.take(1)[0] == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(in.int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, read := binary.Uvarint(in.bytes)
		in.bytes = in.bytes[read:]
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(in.take(8))))
	case reflect.String:
		v.SetString(string(in.take(in.size())))
	case reflect.Slice:
		n := in.size()
		if v.Cap() < n {
			v.Set(reflect.MakeSlice(s.of, n, n))
		} else {
			v.SetLen(n)
		}
		if s.elem.kind == reflect.Uint8 {
			copy(v.Bytes(), in.take(n))
			return
		}
		in.getAll(v, s.elem)
	case reflect.Array:
		in.getAll(v, s.elem)
	case reflect.Ptr:
		if v.IsNil() {
			v.Set(reflect.New(s.of.Elem()))
		}
		in.get(v.Elem(), s.elem)
	case reflect.Interface:
		in.getAny(v)
	case reflect.Struct:
		bits := in.take((len(s.fields) + 7) / 8)
		for i := range s.fields {
			if bits[i/8]&(1<<(uint(i)%8)) != 0 {
				in.get(v.Field(s.fields[i].at), s.fields[i].shape)
			}
		}
	}
}

func (in *decoder) getAll(list reflect.Value, elem *shape) {
	for i, n := 0, list.Len(); i < n; i++ {
		in.get(list.Index(i), elem)
	}
}

func (in *decoder) getAny(v reflect.Value) {
	switch in.take(1)[0] {
	case anyNil:
		v.Set(reflect.Zero(v.Type()))
	case anyString:
		v.Set(reflect.ValueOf(string(in.take(in.size()))))
	case anyInt:
		v.Set(reflect.ValueOf(int(in.int())))
	}
}
