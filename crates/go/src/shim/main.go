// One server: a Raft package, with what raftsim calls around it.
package main

import (
	"reflect"
	"runtime/debug"
	"unsafe"

	"@MODULE@/labrpc"
	raft "@RAFT@"
	@IMPORTS@
)

// What raftsim calls of the server, by calls such as the lab's tester makes: so whatever compiles with
// the lab compiles here.
var (
	start    func(command string) (index, term int, isLeader bool)
	getState func() (term int, isLeader bool)
)

// What only the labs of some years have; no value if this Raft has no such method.
var snapshot, condInstallSnapshot reflect.Value

var (
	persister *@TESTER@Persister
	// What the persister held when it was last looked at.
	lastState, lastSnapshot []byte
	// Where raftsim writes what an event brings.
	inbox = make([]byte, 32<<10)
)

//go:wasmexport raftsim_inbox
func inboxOf(size int32) unsafe.Pointer {
	if len(inbox) < int(size) {
		inbox = make([]byte, 2*size)
	}
	return unsafe.Pointer(&inbox[0])
}

func received(from, size int32) []byte { return append([]byte(nil), inbox[from:from+size]...) }

//go:wasmexport raftsim_boot
func boot(me, count, stateSize, snapshotSize int32) int64 {
	// A server's memory is small, and a log that is saved over and over fills it quickly.
	debug.SetGCPercent(200)
	persister = @TESTER@RaftsimPersister(received(0, stateSize), received(stateSize, snapshotSize))
	lastState, lastSnapshot = @TESTER@RaftsimHeld(persister)
	labrpc.WritePersisted = writePersisted
	applyCh := make(chan @API@ApplyMsg)
	go serve(applyCh)
	made := raft.Make(labrpc.MakeEnds(int(me), int(count)), int(me), persister, applyCh)
	labrpc.Serve(made)
	start = func(command string) (int, int, bool) { return made.Start(command) }
	getState = func() (int, bool) { return made.GetState() }
	snapshot = methodOf(made, "Snapshot", 0, []byte{})
	condInstallSnapshot = methodOf(made, "CondInstallSnapshot", 0, 0, []byte{})
	go watchState()
	return settle()
}

// methodOf returns a method that may be called with such arguments.
func methodOf(server interface{}, name string, arguments ...interface{}) reflect.Value {
	method := reflect.ValueOf(server).MethodByName(name)
	if !method.IsValid() || method.Type().NumIn() != len(arguments) {
		return reflect.Value{}
	}
	for i, argument := range arguments {
		if !reflect.TypeOf(argument).AssignableTo(method.Type().In(i)) {
			return reflect.Value{}
		}
	}
	return method
}

func call(method reflect.Value, arguments ...interface{}) []reflect.Value {
	values := make([]reflect.Value, len(arguments))
	for i, argument := range arguments {
		values[i] = reflect.ValueOf(argument)
	}
	return method.Call(values)
}

func isSame(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// writePersisted looks at the persister: what was saved there meanwhile are other bytes, elsewhere.
func writePersisted() {
	state, snapshot := @TESTER@RaftsimHeld(persister)
	if isSame(state, lastState) && isSame(snapshot, lastSnapshot) {
		return
	}
	isNew := !isSame(snapshot, lastSnapshot)
	lastState, lastSnapshot = state, snapshot
	if isNew {
		labrpc.Persist(state, true, snapshot)
	} else {
		labrpc.Persist(state, false, nil)
	}
}

type compaction struct {
	index    int
	snapshot []byte
}

var (
	compactions = make(chan compaction)
	resume      = make(chan struct{})
	// Whether the service waits, after an entry, for what raftsim does next.
	pauses, paused bool
)

// serve is the service, as the lab's tester plays it. It takes one message after the other from the
// channel, and calls Snapshot itself, on the same goroutine. So a package that holds a lock while it
// sends on the channel waits for itself here too.
func serve(applyCh chan @API@ApplyMsg) {
	for {
		select {
		case message := <-applyCh:
			// What changes nothing ends no event: raftsim would take it for a server that does nothing.
			if !take(reflect.ValueOf(message)) || !pauses {
				continue
			}
			paused = true
			labrpc.Again()
			select {
			case <-resume:
			case c := <-compactions:
				compact(c)
			}
		case c := <-compactions:
			compact(c)
		}
	}
}

func compact(c compaction) {
	if !snapshot.IsValid() {
		panic("raftsim: this Raft has no method Snapshot, as the labs have it since 2021: it can run the parts up to 3C")
	}
	call(snapshot, c.index, c.snapshot)
}

func number(message reflect.Value, name string) int64 {
	if value := message.FieldByName(name); value.IsValid() && value.CanInt() {
		return value.Int()
	}
	return labrpc.Unknown
}

func isSet(message reflect.Value, name string) bool {
	value := message.FieldByName(name)
	return value.Kind() == reflect.Bool && value.Bool()
}

// Whether the tester of this package's lab ignores commands that come after a snapshot which covers
// them, as that of 2021 does.
const ignoresOld = @IGNORES_OLD@

// The index through which the last snapshot of this life covers the log.
var covered int64

// take hands a message to raftsim, and returns whether that changed anything.
func take(message reflect.Value) bool {
	switch {
	case isSet(message, "CommandValid"):
		if ignoresOld && number(message, "CommandIndex") <= covered {
			return false
		}
		command, is := message.FieldByName("Command").Interface().(string)
		labrpc.Apply(number(message, "CommandIndex"), number(message, "CommandTerm"), command, is)
	case isSet(message, "SnapshotValid"):
		index, term := number(message, "SnapshotIndex"), number(message, "SnapshotTerm")
		received := message.FieldByName("Snapshot").Bytes()
		if condInstallSnapshot.IsValid() && !call(condInstallSnapshot, int(term), int(index), received)[0].Bool() {
			return false
		}
		covered = index
		labrpc.Restore(index, term, received)
	default:
		return false
	}
	return true
}

var (
	look    = make(chan struct{}, 1)
	isAsked bool
)

// watchState calls GetState whenever it is asked. GetState may wait for a lock, and then nothing else
// waits with it.
func watchState() {
	for range look {
		term, leads := getState()
		isAsked = false
		labrpc.Status(term, leads)
	}
}

// settle ends an event: the goroutines run until all of them wait. It returns what they wait for.
func settle() int64 {
	labrpc.Rest()
	if !isAsked {
		isAsked = true
		look <- struct{}{}
		labrpc.Rest()
	}
	writePersisted()
	return resting()
}

// begin starts an event.
func begin() {
	newEvent()
	if paused {
		paused = false
		resume <- struct{}{}
	}
}

//go:wasmexport raftsim_timeout
func timeout() int64 {
	begin()
	return settle()
}

//go:wasmexport raftsim_request
func request(from int32, call int64, nameSize, size int32) int64 {
	begin()
	go labrpc.Answer(int(from), call, string(inbox[:nameSize]), received(nameSize, size))
	return settle()
}

//go:wasmexport raftsim_reply
func reply(call int64, size int32) int64 {
	begin()
	labrpc.Finish(call, true, received(0, size))
	return settle()
}

//go:wasmexport raftsim_failed
func failed(call int64) int64 {
	begin()
	labrpc.Finish(call, false, nil)
	return settle()
}

//go:wasmexport raftsim_propose
func propose(proposal int64, size int32) int64 {
	begin()
	command := string(inbox[:size])
	go func() {
		index, term, ok := start(command)
		labrpc.Started(proposal, index, term, ok)
	}()
	return settle()
}

//go:wasmexport raftsim_compact
func compactThrough(index int64, size int32) int64 {
	newEvent()
	pauses, paused = true, false
	c := compaction{int(index), received(0, size)}
	go func() { compactions <- c }()
	return settle()
}

var text []byte

// textOf returns where a text for people stands, and how long it is.
//
//go:wasmexport raftsim_text
func textOf(isReply, nameSize, size int32) int64 {
	if start == nil && text == nil {
		labrpc.Serve((*raft.Raft)(nil))
	}
	text = []byte(labrpc.Text(string(inbox[:nameSize]), isReply != 0, inbox[nameSize:nameSize+size]))
	text = append(text, 0)
	return int64(uintptr(unsafe.Pointer(&text[0])))<<32 | int64(len(text)-1)
}

func main() {}
