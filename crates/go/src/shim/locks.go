package main

import _ "unsafe"

// How many locks have been taken in this event: raftsim's own mutex counts them.
//
//go:linkname locks internal/sync.raftsimLocks
var locks int

func newEvent() { locks = 0 }
