// Package raftapi stands in for the course's package of this name: what a service sees of a Raft.
package raftapi

// Raft is one server.
type Raft interface {
	// Start appends a command to a leader's log. It returns the command's index, the current
	// term, and whether the server leads.
	Start(command interface{}) (int, int, bool)
	// GetState returns the current term, and whether the server believes that it leads.
	GetState() (int, bool)
	// Snapshot hands over a snapshot of everything through index.
	Snapshot(index int, snapshot []byte)
	// PersistBytes returns the length of the persisted state.
	PersistBytes() int
	// Kill ends the goroutines of a server that is no longer needed.
	Kill()
}

// ApplyMsg is what a server hands to its service: a committed command or a snapshot.
type ApplyMsg struct {
	CommandValid bool
	Command      interface{}
	CommandIndex int

	SnapshotValid bool
	Snapshot      []byte
	SnapshotTerm  int
	SnapshotIndex int
}
