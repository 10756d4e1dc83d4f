// Package tester stands in for the lab's tester1: as much of it as a Raft package uses.
package tester

import (
	"sync"
	"time"
)

// Persister holds a server's durable state and its snapshot.
type Persister struct {
	mu        sync.Mutex
	raftstate []byte
	snapshot  []byte
}

func copied(bytes []byte) []byte { return append([]byte{}, bytes...) }

// MakePersister makes one that holds nothing.
func MakePersister() *Persister { return &Persister{} }

// Copy makes one that holds the same.
func (ps *Persister) Copy() *Persister {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return &Persister{raftstate: ps.raftstate, snapshot: ps.snapshot}
}

// ReadRaftState returns the state.
func (ps *Persister) ReadRaftState() []byte {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return copied(ps.raftstate)
}

// RaftStateSize returns the number of the state's bytes.
func (ps *Persister) RaftStateSize() int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return len(ps.raftstate)
}

// Save replaces the state and the snapshot, both at once.
func (ps *Persister) Save(raftstate []byte, snapshot []byte) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.raftstate, ps.snapshot = copied(raftstate), copied(snapshot)
}

// ReadSnapshot returns the snapshot.
func (ps *Persister) ReadSnapshot() []byte {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return copied(ps.snapshot)
}

// SnapshotSize returns the number of the snapshot's bytes.
func (ps *Persister) SnapshotSize() int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return len(ps.snapshot)
}

// The notes for the lab's picture of a run go nowhere: raftsim has a trace of its own.

func Annotate(tag, desp, details string)                                      {}
func AnnotatePoint(tag, desp, details string)                                 {}
func AnnotateInterval(tag string, start int64, desp, details string)          {}
func AnnotateContinuous(tag, desp, details string)                            {}
func AnnotateContinuousEnd(tag string)                                        {}
func AnnotateInfo(desp, details string)                                       {}
func AnnotateInfoInterval(start int64, desp, details string)                  {}
func AnnotatePointColor(tag, desp, details, bgcolor string)                   {}
func AnnotateIntervalColor(tag string, start int64, d, details, color string) {}
func AnnotateContinuousColor(tag, desp, details, bgcolor string)              {}
func GetAnnotateTimestamp() int64                                             { return time.Now().UnixNano() }
func GetAnnotatorTimestamp() int64                                            { return time.Now().UnixNano() }
func PostAnnotatorInfoInterval(start int64, desp, details string)             {}
