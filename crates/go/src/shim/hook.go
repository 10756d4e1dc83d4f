package @PACKAGE@

// RaftsimHeld returns what a Persister holds, without copies.
func RaftsimHeld(ps *Persister) (raftstate, snapshot []byte) { return ps.raftstate, ps.snapshot }

// RaftsimPersister makes a Persister that holds this.
func RaftsimPersister(raftstate, snapshot []byte) *Persister {
	return &Persister{raftstate: raftstate, snapshot: snapshot}
}
