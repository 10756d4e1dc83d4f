package labgob

import (
	"bytes"
	"reflect"
	"unsafe"
)

// A log is encoded again and again, and what was in it before mostly still is. So each type of list
// remembers the longest one that it encoded not long ago, with its bytes, and takes from there what
// has not changed. That it has not is seen by its memory alone: the elements hold numbers, strings
// and interfaces that hold strings or numbers. What such a string or interface points to never
// changes, and is not collected as long as the copy points to it too.

// longList is how many elements make it worth while to remember a list.
const longList = 16

// stride is how many elements are compared at once.
const stride = 64

type memo struct {
	copied reflect.Value // the elements
	data   unsafe.Pointer
	bytes  []byte
	ends   []int // where in bytes each element ends
}

// putLong appends the elements of the slice that lies at `at`.
func (out *encoder) putLong(at unsafe.Pointer, s *shape) error {
	// Whoever uses the memo takes it away, as the memory's collector may let another goroutine run.
	known := s.memo
	s.memo = nil
	held := *(*list)(at)
	same := known.prefix(held, s.elem.size)
	if from := len(known.ends) - held.len; same == 0 && from > 0 {
		// Messages carry the end of the log.
		if isEqual(after(known.data, uintptr(from)*s.elem.size), held.data, uintptr(held.len)*s.elem.size) {
			out.bytes = append(out.bytes, known.bytes[known.ends[from-1]:]...)
			s.memo = known
			return nil
		}
	}
	if same == 0 && held.len < len(known.ends)/2 {
		s.memo = known
		return out.putAll(held.data, held.len, s.elem)
	}
	known.cut(same)
	out.bytes = append(out.bytes, known.bytes...)
	begin := len(out.bytes) - len(known.bytes)
	for i := same; i < held.len; i++ {
		if err := out.put(after(held.data, uintptr(i)*s.elem.size), s.elem); err != nil {
			s.memo = new(memo)
			return err
		}
		known.ends = append(known.ends, len(out.bytes)-begin)
	}
	if out.isStrange {
		// Such a value goes through gob: nothing was encoded here that could be used again.
		return nil
	}
	known.bytes = append(known.bytes, out.bytes[begin+len(known.bytes):]...)
	known.copyFrom(same, reflect.NewAt(s.of, at).Elem(), s.of)
	s.memo = known
	return nil
}

// prefix returns how many elements are the same at the beginning.
func (known *memo) prefix(held list, size uintptr) int {
	count := min(len(known.ends), held.len)
	for same := 0; same < count; {
		step := min(stride, count-same)
		offset := uintptr(same) * size
		for !isEqual(after(known.data, offset), after(held.data, offset), uintptr(step)*size) {
			if step == 1 {
				return same
			}
			step = (step + 1) / 2
		}
		same += step
	}
	return count
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// isEqual compares memory, eight words at once: bytes.Equal compares one, and takes twice as long.
func isEqual(a, b unsafe.Pointer, size uintptr) bool {
	for ; size >= 64; size -= 64 {
		x, y := (*[8]uint64)(a), (*[8]uint64)(b)
		low := (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])
		high := (x[4] ^ y[4]) | (x[5] ^ y[5]) | (x[6] ^ y[6]) | (x[7] ^ y[7])
		if low|high != 0 {
			return false
		}
		a, b = after(a, 64), after(b, 64)
	}
	first, second := list{a, int(size), int(size)}, list{b, int(size), int(size)}
	return bytes.Equal(*(*[]byte)(unsafe.Pointer(&first)), *(*[]byte)(unsafe.Pointer(&second)))
}

// cut forgets all but the first elements.
func (known *memo) cut(count int) {
	known.ends = known.ends[:count]
	end := 0
	if count > 0 {
		end = known.ends[count-1]
	}
	known.bytes = known.bytes[:end]
}

// copyFrom copies the elements after the first ones.
func (known *memo) copyFrom(first int, from reflect.Value, of reflect.Type) {
	count := from.Len()
	if !known.copied.IsValid() || known.copied.Len() < count {
		grown := reflect.MakeSlice(of, 2*count, 2*count)
		if first > 0 {
			reflect.Copy(grown, known.copied.Slice(0, first))
		}
		known.copied, known.data = grown, grown.UnsafePointer()
	}
	reflect.Copy(known.copied.Slice(first, count), from.Slice(first, count))
}
