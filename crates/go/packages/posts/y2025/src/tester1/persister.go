// Package tester stands in for the course's package of this name: what survives a crash.
package tester

import (
	"bytes"
	"sync"
)

// Persister holds what survives a crash: the state of the Raft and the snapshot of the service.
type Persister struct {
	mu        sync.Mutex
	raftstate []byte
	snapshot  []byte
}

// MakePersister returns one that holds nothing.
func MakePersister() *Persister { return &Persister{} }

// Copy returns another Persister with the same contents.
func (ps *Persister) Copy() *Persister {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return &Persister{raftstate: ps.raftstate, snapshot: ps.snapshot}
}

// ReadRaftState returns the state of the Raft as it was last saved.
func (ps *Persister) ReadRaftState() []byte {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return bytes.Clone(ps.raftstate)
}

// ReadSnapshot returns the snapshot as it was last saved.
func (ps *Persister) ReadSnapshot() []byte {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return bytes.Clone(ps.snapshot)
}

// RaftStateSize returns the length of the saved state in bytes.
func (ps *Persister) RaftStateSize() int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return len(ps.raftstate)
}

// SnapshotSize returns the length of the saved snapshot in bytes.
func (ps *Persister) SnapshotSize() int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return len(ps.snapshot)
}

// Save replaces both at once.
func (ps *Persister) Save(raftstate []byte, snapshot []byte) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.raftstate = bytes.Clone(raftstate)
	ps.snapshot = bytes.Clone(snapshot)
}
