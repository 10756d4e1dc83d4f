// Package labrpc stands in for the lab's package of this name: every call leaves the program, which
// is one server, through raftsim.
package labrpc

import "unsafe"

// What the server does, as raftsim hears of it. crates/go/src/wasi.rs has the other ends.

//go:wasmimport raftsim send
func hostSend(to int32, call int64, isReply int32, term int64, name unsafe.Pointer, nameSize int32, body unsafe.Pointer, bodySize int32)

//go:wasmimport raftsim persist
func hostPersist(state unsafe.Pointer, stateSize int32, hasSnapshot int32, snapshot unsafe.Pointer, snapshotSize int32)

//go:wasmimport raftsim accept
func hostAccept(proposal, index, term int64)

//go:wasmimport raftsim reject
func hostReject(proposal int64)

//go:wasmimport raftsim apply
func hostApply(index, term int64, hasCommand int32, command unsafe.Pointer, size int32)

//go:wasmimport raftsim restore
func hostRestore(index, term int64, snapshot unsafe.Pointer, size int32)

//go:wasmimport raftsim status
func hostStatus(term int64, leads int32)

//go:wasmimport raftsim again
func hostAgain()

func flag(is bool) int32 {
	if is {
		return 1
	}
	return 0
}

// Unknown is a term that the package does not say.
const Unknown = -1

// WritePersisted reports what was persisted since it last ran. Every other report runs it first, so
// that a write stands before what the server does after it.
var WritePersisted = func() {}

func address(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Pointer(&b[0])
}

func send(to int, call int64, isReply bool, term int64, name string, body []byte) {
	text := []byte(name)
	WritePersisted()
	hostSend(int32(to), call, flag(isReply), term, address(text), int32(len(text)), address(body), int32(len(body)))
}

// Persist reports a new state, and a new snapshot if there is one.
func Persist(state []byte, hasSnapshot bool, snapshot []byte) {
	hostPersist(address(state), int32(len(state)), flag(hasSnapshot), address(snapshot), int32(len(snapshot)))
}

// Started reports what Start returned.
func Started(proposal int64, index, term int, ok bool) {
	WritePersisted()
	if ok {
		hostAccept(proposal, int64(index), int64(term))
	} else {
		hostReject(proposal)
	}
}

// Apply reports a committed entry.
func Apply(index, term int64, command string, hasCommand bool) {
	text := []byte(command)
	WritePersisted()
	hostApply(index, term, flag(hasCommand), address(text), int32(len(text)))
}

// Restore reports a snapshot that takes the place of the service's state.
func Restore(index, term int64, snapshot []byte) {
	WritePersisted()
	hostRestore(index, term, address(snapshot), int32(len(snapshot)))
}

// Status reports what GetState returned.
func Status(term int, leads bool) {
	WritePersisted()
	hostStatus(int64(term), flag(leads))
}

// Again asks raftsim for another event at once.
func Again() { hostAgain() }
