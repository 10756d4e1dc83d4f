package labrpc

import (
	"fmt"
	"log"
	"reflect"
	"sync"

	"@MODULE@/labgob"
)

// ClientEnd is the end of a server's wire to another server.
type ClientEnd struct{ to int }

type result struct {
	ok   bool
	body []byte
}

var (
	me int
	// The memory's collector may stop a goroutine wherever it allocates, and let others run.
	lock     sync.Mutex
	lastCall int64
	waiting  = map[int64]chan result{}
)

// MakeEnds makes server `self`'s ends of its wires to `count` servers, itself included.
func MakeEnds(self, count int) []*ClientEnd {
	me = self
	ends := make([]*ClientEnd, count)
	for to := range ends {
		ends[to] = &ClientEnd{to}
	}
	return ends
}

// Call sends a request and waits until its reply is there, or until raftsim says that none will
// come: then it returns false.
func (end *ClientEnd) Call(svcMeth string, args interface{}, reply interface{}) bool {
	request := encoded(reflect.ValueOf(args))
	var got result
	if end.to == me {
		// Differs: the lab sends it through its network, where a server that is cut off does
		// not reach itself.
		got.body, _ = handle(svcMeth, request)
	} else {
		done := make(chan result, 1)
		call := begun(done)
		send(end.to, call, false, termOf(reflect.ValueOf(args)), svcMeth, request)
		got = <-done
		if !got.ok {
			return false
		}
	}
	if err := labgob.Unmarshal(got.body, reflect.ValueOf(reply)); err != nil {
		log.Fatalf("ClientEnd.Call(): decode reply: %v\n", err)
	}
	return true
}

// begun gives a call its number.
func begun(done chan result) int64 {
	lock.Lock()
	defer lock.Unlock()
	lastCall++
	waiting[lastCall] = done
	return lastCall
}

// Open returns how many calls wait for their replies.
func Open() int { return len(waiting) }

// Finish wakes the goroutine that waits for the call.
func Finish(call int64, ok bool, body []byte) {
	lock.Lock()
	done, is := waiting[call]
	delete(waiting, call)
	lock.Unlock()
	if is {
		done <- result{ok, body}
	}
}

func encoded(value reflect.Value) []byte {
	body, err := labgob.Marshal(value)
	if err != nil {
		panic(err)
	}
	return body
}

// Answer runs the handler of a request, and sends its reply.
func Answer(from int, call int64, svcMeth string, request []byte) {
	body, term := handle(svcMeth, request)
	send(from, call, true, term, svcMeth, body)
}

type handler struct {
	run         reflect.Value
	args, reply reflect.Type
}

var handlers = map[string]handler{}

// Serve makes the handlers of `server` known: its methods that take arguments and a pointer to a
// reply, and return nothing. The server may be nil, for `Text` alone.
func Serve(server interface{}) {
	value := reflect.ValueOf(server)
	for i := 0; i < value.NumMethod(); i++ {
		of, method := value.Type().Method(i), value.Method(i)
		kind := method.Type()
		if kind.NumIn() == 2 && kind.NumOut() == 0 && kind.In(1).Kind() == reflect.Ptr {
			handlers["Raft."+of.Name] = handler{method, kind.In(0), kind.In(1).Elem()}
		}
	}
}

func handle(svcMeth string, request []byte) (body []byte, term int64) {
	handler, is := handlers[svcMeth]
	if !is {
		names := []string{}
		for name := range handlers {
			names = append(names, name)
		}
		log.Fatalf("labrpc.Server.dispatch(): unknown service or method in %v; expecting one of %v\n", svcMeth, names)
	}
	args := reflect.New(handler.args)
	if err := labgob.Unmarshal(request, args); err != nil {
		log.Fatalf("labrpc: decode the arguments of %v: %v\n", svcMeth, err)
	}
	reply := reflect.New(handler.reply)
	handler.run.Call([]reflect.Value{args.Elem(), reply})
	return encoded(reply), termOf(reply)
}

// termOf returns the field Term of a struct.
func termOf(value reflect.Value) int64 {
	for value.Kind() == reflect.Ptr || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	if value.Kind() != reflect.Struct {
		return Unknown
	}
	switch term := value.FieldByName("Term"); term.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return term.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(term.Uint())
	}
	return Unknown
}

// Text says for people what a message holds. Only an instance that runs no server calls it: what it
// allocates, and what a String method of the package does, would change what a server does next.
func Text(svcMeth string, isReply bool, body []byte) string {
	handler, is := handlers[svcMeth]
	if !is {
		return ""
	}
	kind := handler.args
	if isReply {
		kind = handler.reply
	}
	for kind.Kind() == reflect.Ptr {
		kind = kind.Elem()
	}
	value := reflect.New(kind)
	if err := labgob.Unmarshal(body, value); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", value.Elem().Interface())
}
