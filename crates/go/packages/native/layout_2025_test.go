package raft

import (
	"6.5840/labrpc"
	"6.5840/raftapi"
	tester "6.5840/tester1"
)

type (
	disk    = tester.Persister
	message = raftapi.ApplyMsg
	carry   = func(method string, args []byte) ([]byte, bool)
)

func newDisk() *disk { return tester.MakePersister() }

func boot(carries []carry, me int, disk *disk, messages chan message) node {
	ends := make([]*labrpc.ClientEnd, len(carries))
	for i := range ends {
		ends[i] = &labrpc.ClientEnd{Carry: carries[i]}
	}
	return Make(ends, me, disk, messages)
}
