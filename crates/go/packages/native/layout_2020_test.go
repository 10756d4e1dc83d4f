package raft

import "../labrpc"

type (
	disk    = Persister
	message = ApplyMsg
	carry   = func(method string, args []byte) ([]byte, bool)
)

func newDisk() *disk { return MakePersister() }

func boot(carries []carry, me int, disk *disk, messages chan message) node {
	ends := make([]*labrpc.ClientEnd, len(carries))
	for i := range ends {
		ends[i] = &labrpc.ClientEnd{Carry: carries[i]}
	}
	return Make(ends, me, disk, messages)
}
