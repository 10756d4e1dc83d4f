package labgob

import (
	"bytes"
	"encoding/gob"
	"io"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"
	"time"
)

type Inner struct {
	Term    int
	Command interface{}
	Note    *string
	hidden  int
}

type All struct {
	Flag    bool
	Small   int8
	Big     int64
	Count   uint16
	Share   float64
	Name    string
	Bytes   []byte
	Flags   []bool
	Names   []string
	Fixed   [3]int32
	Log     []Inner
	To      *Inner
	Deep    **int
	Matrix  [][]int
	In      Inner
	Nothing struct{ X int }
	Ch      chan int
	F       func()
	lower   int
}

type Recursive struct {
	Value int
	Next  *Recursive
}

// An entry whose memory says whether it has changed.
type Plain struct {
	Term    int
	Command interface{}
}

// Types that go through labgob.
type Strange struct {
	Map  map[string]int
	When time.Time
	Any  interface{}
}

func throughGob(from, to interface{}) error {
	var sent bytes.Buffer
	if err := gob.NewEncoder(&sent).Encode(from); err != nil {
		return err
	}
	return gob.NewDecoder(&sent).Decode(to)
}

func throughWire(from, to interface{}) error {
	sent, err := Marshal(reflect.ValueOf(from))
	if err != nil {
		return err
	}
	return Unmarshal(sent, reflect.ValueOf(to))
}

// fill makes a random value. Commands are what commands can be, and channels and functions are nil.
func fill(v reflect.Value, r *rand.Rand, depth int) {
	if r.Intn(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if v.Field(i).CanSet() {
				fill(v.Field(i), r, depth)
			}
		}
	case reflect.Ptr:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), r, depth-1)
		}
	case reflect.Slice:
		n := r.Intn(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := 0; i < n; i++ {
			fill(v.Index(i), r, depth)
		}
	case reflect.Array:
		for i := 0; i < v.Len(); i++ {
			fill(v.Index(i), r, depth)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf([]interface{}{"x", 7, 2.5, "", 0, true}[r.Intn(6)]))
	case reflect.Chan, reflect.Func:
	default:
		if value, ok := quick.Value(v.Type(), r); ok {
			v.Set(value)
		}
	}
}

func agree[T any](t *testing.T, equal func(a, b T) bool) {
	t.Helper()
	r := rand.New(rand.NewSource(1))
	for i := 0; i < 5000; i++ {
		var from, to T
		fill(reflect.ValueOf(&from).Elem(), r, 3)
		// Now and then the receiver is not empty.
		if i%3 == 0 {
			fill(reflect.ValueOf(&to).Elem(), r, 3)
		}
		var byGob, byWire T
		if throughGob(&to, &byGob) != nil || throughGob(&to, &byWire) != nil {
			t.Fatal("a copy failed")
		}
		first, second := throughGob(&from, &byGob), throughWire(&from, &byWire)
		if first != nil || second != nil {
			t.Fatal(first, second)
		}
		if !equal(byGob, byWire) {
			t.Fatalf("run %d: of %+v\ngob made  %+v\nwe made %+v", i, from, byGob, byWire)
		}
	}
}

func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

func TestStructsArriveAsByGob(t *testing.T)        { agree(t, same[All]) }
func TestChainsArriveAsByGob(t *testing.T)         { agree(t, same[Recursive]) }
func TestStrangeTypesGoThroughLabgob(t *testing.T) { agree(t, same[Strange]) }
func TestNumbersArriveAsByGob(t *testing.T)        { agree(t, same[int]) }
func TestListsArriveAsByGob(t *testing.T)          { agree(t, same[[]Inner]) }

// A log that is changed in all ways between two encodings.
func TestALogThatChangesArrivesAsByGob(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	entry := func() Plain {
		commands := []interface{}{"x", 7, "", nil, "longer"}
		return Plain{r.Intn(3), commands[r.Intn(len(commands))]}
	}
	log := []Plain{}
	for run := 0; run < 3000; run++ {
		switch r.Intn(6) {
		case 0:
			log = append([]Plain{}, log[r.Intn(len(log)+1):]...)
		case 1:
			log = log[:r.Intn(len(log)+1)]
		case 2:
			if len(log) > 0 {
				log[r.Intn(len(log))] = entry()
			}
		default:
			for n := r.Intn(40); n > 0; n-- {
				log = append(log, entry())
			}
		}
		from := log[r.Intn(len(log)+1):]
		for _, sent := range [][]Plain{log, from} {
			var byGob, byWire []Plain
			first, second := throughGob(sent, &byGob), throughWire(sent, &byWire)
			if first != nil || second != nil || !reflect.DeepEqual(byGob, byWire) {
				t.Fatalf("run %d: %v %v, of %v we made %v", run, first, second, byGob, byWire)
			}
		}
	}
}

// A list whose elements hold what only gob can encode is never taken for another one.
func TestAStrangeElementAmongManyArrives(t *testing.T) {
	log := make([]Plain, 100)
	for run := 0; run < 5; run++ {
		log[50+run].Command = 2.5
		for _, command := range []interface{}{"x", 2.5, "x"} {
			log[run].Command = command
			var arrived []Plain
			if err := throughWire(log, &arrived); err != nil || !reflect.DeepEqual(log, arrived) {
				t.Fatal(run, err, arrived)
			}
		}
		log[50+run].Command = nil
	}
}

func TestANilInAListFailsAsByGob(t *testing.T) {
	if throughWire([]*Inner{nil}, &[]*Inner{}) == nil {
		t.Fatal("it should have failed")
	}
}

func TestTheStreamHasOneValueAfterTheOther(t *testing.T) {
	var stream bytes.Buffer
	enc := NewEncoder(&stream)
	for _, value := range []interface{}{7, "x", []Inner{{Term: 3, Command: "y"}}, Strange{Map: map[string]int{"z": 1}}} {
		if err := enc.Encode(value); err != nil {
			t.Fatal(err)
		}
	}
	var number int
	var text string
	var list []Inner
	var strange Strange
	dec := NewDecoder(&stream)
	for _, to := range []interface{}{&number, &text, &list, &strange} {
		if err := dec.Decode(to); err != nil {
			t.Fatal(err)
		}
	}
	if number != 7 || text != "x" || len(list) != 1 || list[0].Command != "y" || strange.Map["z"] != 1 {
		t.Fatal(number, text, list, strange)
	}
	if err := dec.Decode(&number); err != io.EOF {
		t.Fatal(err)
	}
}

func TestAnotherTypeIsRefused(t *testing.T) {
	var stream bytes.Buffer
	NewEncoder(&stream).Encode(7)
	var text string
	if NewDecoder(&stream).Decode(&text) == nil {
		t.Fatal("it should have failed")
	}
}
