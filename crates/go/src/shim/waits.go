package main

import (
	"runtime"
	"unsafe"

	"@MODULE@/labrpc"
)

// resting says, when an event has ended, what the server waits for: how many goroutines it has, how
// many calls it waits for, and whether GetState has not returned.
func resting() int64 {
	word := int64(runtime.NumGoroutine())<<32 | int64(labrpc.Open())<<1
	if isAsked {
		word |= 1
	}
	return word
}

var stacks []byte

// stacksOf returns where Go's report on all goroutines stands, and how long it is.
//
//go:wasmexport raftsim_stacks
func stacksOf() int64 {
	stacks = make([]byte, 1<<20)
	size := runtime.Stack(stacks, true)
	return int64(uintptr(unsafe.Pointer(&stacks[0])))<<32 | int64(size)
}
