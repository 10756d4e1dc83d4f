package labrpc

import _ "unsafe"

// The runtime's own poller, as package os uses it.

//go:linkname pollInit internal/poll.runtime_pollServerInit
func pollInit()

//go:linkname pollOpen internal/poll.runtime_pollOpen
func pollOpen(fd uintptr) (uintptr, int)

//go:linkname pollReset internal/poll.runtime_pollReset
func pollReset(ctx uintptr, mode int) int

//go:linkname pollWait internal/poll.runtime_pollWait
func pollWait(ctx uintptr, mode int) int

// restFile is a descriptor that no file has. crates/go/src/wasi.rs knows it.
const restFile = 99

var rest uintptr

// Rest returns as soon as no other goroutine can run. The scheduler then asks the system which
// descriptor is ready, and for how long it may sleep, and raftsim answers: this one is.
func Rest() {
	if rest == 0 {
		pollInit()
		rest, _ = pollOpen(restFile)
	}
	pollReset(rest, 'r')
	pollWait(rest, 'r')
}
