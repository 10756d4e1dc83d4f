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
	"unsafe"
)

// How values become bytes. gob describes every type anew in everything that it encodes, and compiles
// it anew at the other end, which takes longer than all that a server does with a message. Here both
// ends are the same program, so the types are known. A log may be encoded a thousand times a second,
// so values are read and written where they lie in memory: reflect would take ten times as long.
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
	out := newEncoder()
	defer out.done()
	if err := out.marshal(value); err != nil {
		return nil, err
	}
	return append(make([]byte, 0, len(out.bytes)), out.bytes...), nil
}

// Unmarshal reads what Marshal returned into what `to` points to.
func Unmarshal(sent []byte, to reflect.Value) error {
	warnOfOldValues(to)
	if sent[0] == byGob {
		return gob.NewDecoder(bytes.NewReader(sent[1:])).DecodeValue(to)
	}
	in := decoder{sent[1:]}
	in.get(to.UnsafePointer(), shapeOf(to.Type().Elem()))
	return nil
}

// shape is what the two functions need to know of a type.
type shape struct {
	kind    reflect.Kind
	of      reflect.Type
	size    uintptr // of a value, in bytes
	name    string  // what labgob writes of it
	elem    *shape  // of a pointer, a slice or an array
	fields  []field
	isKnown bool // whether values of this type go without gob
	isPlain bool // whether values with the same memory are equal for ever
	memo    *memo
}

type field struct {
	at     int
	offset uintptr
	shape  *shape
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
	s := &shape{kind: of.Kind(), of: of, size: of.Size(), isKnown: true, isPlain: true}
	shapes[of] = s
	if speaksForItself(of) {
		s.isKnown = false
		return s
	}
	switch s.kind {
	case reflect.Ptr, reflect.Slice, reflect.Array:
		s.elem = newShape(of.Elem())
		s.isKnown = s.elem.isKnown
		s.isPlain = s.kind == reflect.Array && s.elem.isPlain
		s.memo = new(memo)
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
			s.fields = append(s.fields, field{at, part.Offset, newShape(part.Type)})
			last := s.fields[len(s.fields)-1].shape
			s.isKnown, s.isPlain = s.isKnown && last.isKnown, s.isPlain && last.isPlain
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

// Encoders whose room can be used again.
var encoders = sync.Pool{New: func() interface{} { return new(encoder) }}

func newEncoder() *encoder {
	out := encoders.Get().(*encoder)
	out.bytes, out.isStrange = out.bytes[:0], false
	return out
}

func (out *encoder) done() { encoders.Put(out) }

// marshal appends the bytes of a value, or of what a pointer points to.
func (out *encoder) marshal(value reflect.Value) error {
	start := len(out.bytes)
	if root := shapeOf(value.Type()); root.isKnown {
		out.bytes = append(out.bytes, byShape)
		at := addressOf(value)
		for root.kind == reflect.Ptr && at != nil {
			if root = root.elem; root.kind == reflect.Ptr {
				at = *(*unsafe.Pointer)(at)
			}
		}
		if at == nil {
			return fmt.Errorf("gob: cannot encode nil pointer of type %v", value.Type())
		}
		if err := out.put(at, root); err != nil {
			return err
		}
		if !out.isStrange {
			return nil
		}
	}
	strange := bytes.NewBuffer(append(out.bytes[:start], byGob))
	err := gob.NewEncoder(strange).EncodeValue(value)
	out.bytes = strange.Bytes()
	return err
}

// addressOf returns where a value lies, or what it points to.
func addressOf(value reflect.Value) unsafe.Pointer {
	if value.Kind() == reflect.Ptr {
		return value.UnsafePointer()
	}
	box := reflect.New(value.Type())
	box.Elem().Set(value)
	return box.UnsafePointer()
}

// list is how a slice lies in memory.
type list struct {
	data     unsafe.Pointer
	len, cap int
}

func after(at unsafe.Pointer, size uintptr) unsafe.Pointer { return unsafe.Pointer(uintptr(at) + size) }

func (out *encoder) int(n int64) { out.bytes = binary.AppendVarint(out.bytes, n) }

func (out *encoder) uint(n uint64) { out.bytes = binary.AppendUvarint(out.bytes, n) }

func (out *encoder) text(text string) {
	out.uint(uint64(len(text)))
	out.bytes = append(out.bytes, text...)
}

// put appends the value that lies at `at`.
func (out *encoder) put(at unsafe.Pointer, s *shape) error {
	switch s.kind {
	case reflect.Bool:
		out.bytes = append(out.bytes, *(*byte)(at))
	case reflect.Int, reflect.Int64:
		out.int(*(*int64)(at))
	case reflect.Int8, reflect.Int16, reflect.Int32:
		out.int(reflect.NewAt(s.of, at).Elem().Int())
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		out.uint(*(*uint64)(at))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		out.uint(reflect.NewAt(s.of, at).Elem().Uint())
	case reflect.Float32, reflect.Float64:
		bits := math.Float64bits(reflect.NewAt(s.of, at).Elem().Float())
		out.bytes = binary.LittleEndian.AppendUint64(out.bytes, bits)
	case reflect.String:
		out.text(*(*string)(at))
	case reflect.Slice:
		if s.elem.kind == reflect.Uint8 {
			held := *(*[]byte)(at)
			out.uint(uint64(len(held)))
			out.bytes = append(out.bytes, held...)
			return nil
		}
		held := (*list)(at)
		out.uint(uint64(held.len))
		if held.len >= longList && s.elem.isPlain && s.memo != nil {
			return out.putLong(at, s)
		}
		return out.putAll(held.data, held.len, s.elem)
	case reflect.Array:
		return out.putAll(at, s.of.Len(), s.elem)
	case reflect.Ptr:
		to := *(*unsafe.Pointer)(at)
		if to == nil {
			return fmt.Errorf("gob: encodeReflectValue: nil element")
		}
		return out.put(to, s.elem)
	case reflect.Interface:
		out.putAny(*(*interface{})(at))
	case reflect.Struct:
		// One bit for each field: whether it was sent.
		bits := len(out.bytes)
		for i := 0; i < len(s.fields); i += 8 {
			out.bytes = append(out.bytes, 0)
		}
		for i := range s.fields {
			f := &s.fields[i]
			if part := after(at, f.offset); isSent(part, f.shape) {
				out.bytes[bits+i/8] |= 1 << (uint(i) % 8)
				if err := out.put(part, f.shape); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (out *encoder) putAll(at unsafe.Pointer, count int, elem *shape) error {
	for i := 0; i < count; i++ {
		if err := out.put(after(at, uintptr(i)*elem.size), elem); err != nil {
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

func (out *encoder) putAny(held interface{}) {
	switch held := held.(type) {
	case nil:
		out.bytes = append(out.bytes, anyNil)
	case string:
		out.bytes = append(out.bytes, anyString)
		out.text(held)
	case int:
		out.bytes = append(out.bytes, anyInt)
		out.int(int64(held))
	default:
		out.isStrange = true
	}
}

// isSent returns whether gob sends the field that lies at `at`.
func isSent(at unsafe.Pointer, s *shape) bool {
	switch s.kind {
	case reflect.Struct, reflect.Array:
		return true
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return *(*uint64)(at) != 0
	case reflect.String:
		return *(*string)(at) != ""
	case reflect.Slice:
		return (*list)(at).len > 0
	case reflect.Float32, reflect.Float64:
		return reflect.NewAt(s.of, at).Elem().Float() != 0
	case reflect.Ptr:
		to := *(*unsafe.Pointer)(at)
		return to != nil && isSent(to, s.elem)
	case reflect.Interface:
		return *(*interface{})(at) != nil
	}
	return !reflect.NewAt(s.of, at).Elem().IsZero()
}

type decoder struct{ bytes []byte }

func (in *decoder) uint() uint64 {
	n, read := binary.Uvarint(in.bytes)
	in.bytes = in.bytes[read:]
	return n
}

func (in *decoder) int() int64 {
	n, read := binary.Varint(in.bytes)
	in.bytes = in.bytes[read:]
	return n
}

func (in *decoder) take(n uint64) []byte {
	taken := in.bytes[:n]
	in.bytes = in.bytes[n:]
	return taken
}

// get reads a value into what lies at `at`.
func (in *decoder) get(at unsafe.Pointer, s *shape) {
	switch s.kind {
	case reflect.Bool:
		*(*bool)(at) = in.take(1)[0] == 1
	case reflect.Int, reflect.Int64:
		*(*int64)(at) = in.int()
	case reflect.Int8, reflect.Int16, reflect.Int32:
		reflect.NewAt(s.of, at).Elem().SetInt(in.int())
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		*(*uint64)(at) = in.uint()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		reflect.NewAt(s.of, at).Elem().SetUint(in.uint())
	case reflect.Float32, reflect.Float64:
		bits := binary.LittleEndian.Uint64(in.take(8))
		reflect.NewAt(s.of, at).Elem().SetFloat(math.Float64frombits(bits))
	case reflect.String:
		*(*string)(at) = string(in.take(in.uint()))
	case reflect.Slice:
		n := int(in.uint())
		if held := (*list)(at); held.cap < n {
			reflect.NewAt(s.of, at).Elem().Set(reflect.MakeSlice(s.of, n, n))
		} else {
			held.len = n
		}
		if s.elem.kind == reflect.Uint8 {
			copy(*(*[]byte)(at), in.take(uint64(n)))
			return
		}
		in.getAll((*list)(at).data, n, s.elem)
	case reflect.Array:
		in.getAll(at, s.of.Len(), s.elem)
	case reflect.Ptr:
		if *(*unsafe.Pointer)(at) == nil {
			reflect.NewAt(s.of, at).Elem().Set(reflect.New(s.of.Elem()))
		}
		in.get(*(*unsafe.Pointer)(at), s.elem)
	case reflect.Interface:
		in.getAny((*interface{})(at))
	case reflect.Struct:
		bits := in.take(uint64(len(s.fields)+7) / 8)
		for i := range s.fields {
			if bits[i/8]&(1<<(uint(i)%8)) != 0 {
				in.get(after(at, s.fields[i].offset), s.fields[i].shape)
			}
		}
	}
}

func (in *decoder) getAll(at unsafe.Pointer, count int, elem *shape) {
	for i := 0; i < count; i++ {
		in.get(after(at, uintptr(i)*elem.size), elem)
	}
}

func (in *decoder) getAny(to *interface{}) {
	switch in.take(1)[0] {
	case anyNil:
		*to = nil
	case anyString:
		*to = string(in.take(in.uint()))
	case anyInt:
		*to = int(in.int())
	}
}
