"""A small Raft for raftsim, in Python: elections, the log and persistence (the paper's Figure 2).

    raftsim run --lab 3B --node 'exec:python3 raft.py'

It reads one JSON object a line, and answers each with one line. It needs the standard library alone.
"""

import json
import random
import sys

MS = 1_000_000  # All times are whole nanoseconds.
HEARTBEAT = 100 * MS


class Raft:
    def __init__(self, boot):
        """Starts a server, with what is on its disk."""
        self.id = boot["id"]
        self.voters = boot["voters"]
        self.peers = [server for server in self.voters if server != self.id]
        # The seed is the only source of random numbers, so that every run can be repeated.
        self.random = random.Random(boot["seed"])
        disk = boot["disk"]
        self.term = disk.get("term", 0)
        self.voted_for = disk.get("voted_for")
        self.log = [[0, None]]  # Lists of term and command. The first entry has the index 1.
        while str(len(self.log)) in disk:
            self.log.append(disk[str(len(self.log))])
        self.role = "follower"
        self.leader = None
        self.commit = 0
        self.applied = 0
        self.reset_timer(boot["now"])

    def step(self, event):
        """Takes one event, and returns the actions, which are done in their order."""
        self.actions = []
        self.now = event["now"]
        kind = event["event"]
        if kind == "receive":
            message = event["message"]
            if message["term"] > self.term:
                self.enter(message["term"])
            getattr(self, "on_" + message["type"])(event["from"], message)
        elif kind == "timeout" and self.role == "leader":
            self.heartbeat()
        elif kind in ("timeout", "campaign") and self.role != "leader":
            self.stand_for_election()
        elif kind == "propose":
            self.propose(event["id"], event["command"])
        self.apply()
        return self.actions

    # Elections (section 5.2).

    def stand_for_election(self):
        self.role = "candidate"
        self.leader = None
        self.votes = {self.id}
        self.save(term=self.term + 1, voted_for=self.id)
        self.reset_timer(self.now)
        last = len(self.log) - 1
        for peer in self.peers:
            self.send(peer, "request_vote", last=last, last_term=self.log[last][0])
        self.count_votes()

    def on_request_vote(self, candidate, message):
        last = len(self.log) - 1
        is_up_to_date = [message["last_term"], message["last"]] >= [self.log[last][0], last]
        is_current = message["term"] == self.term
        granted = is_current and is_up_to_date and self.voted_for in (None, candidate)
        if granted:
            self.save(voted_for=candidate)
            self.reset_timer(self.now)
        self.send(candidate, "vote", granted=granted)

    def on_vote(self, voter, message):
        if self.role == "candidate" and message["term"] == self.term and message["granted"]:
            self.votes.add(voter)
            self.count_votes()

    def count_votes(self):
        if 2 * len(self.votes) > len(self.voters):
            self.role = "leader"
            self.leader = self.id
            self.next = {peer: len(self.log) for peer in self.peers}
            self.match = {peer: 0 for peer in self.peers}
            self.heartbeat()

    def enter(self, term):
        """Follows in a later term (section 5.1)."""
        if self.role == "leader":
            self.reset_timer(self.now)
        self.role = "follower"
        self.leader = None
        self.save(term=term, voted_for=None)

    # The log (section 5.3).

    def propose(self, proposal, command):
        if self.role != "leader":
            self.do("reject", id=proposal, leader=self.leader)
            return
        self.append(len(self.log), [[self.term, command]])
        self.do("accept", id=proposal, index=len(self.log) - 1, term=self.term)
        for peer in self.peers:
            self.send_entries(peer)
        self.advance()

    def heartbeat(self):
        self.deadline = self.now + HEARTBEAT
        for peer in self.peers:
            self.send_entries(peer)

    def send_entries(self, peer):
        previous = self.next[peer] - 1
        self.send(
            peer,
            "append",
            previous=previous,
            previous_term=self.log[previous][0],
            entries=self.log[previous + 1 :],
            commit=self.commit,
        )

    def on_append(self, leader, message):
        if message["term"] < self.term:
            self.send(leader, "appended", matches=None, next=len(self.log))
            return
        self.role = "follower"
        self.leader = leader
        self.reset_timer(self.now)
        previous, entries = message["previous"], message["entries"]
        if previous >= len(self.log):
            self.send(leader, "appended", matches=None, next=len(self.log))
            return
        if self.log[previous][0] != message["previous_term"]:
            # Nothing of the term of the wrong entry is of use to the leader.
            term = self.log[previous][0]
            while self.log[previous][0] == term:
                previous -= 1
            self.send(leader, "appended", matches=None, next=previous + 1)
            return
        for place, entry in enumerate(entries):
            index = previous + 1 + place
            # An entry that conflicts goes, with all that follow it; one that is there stays.
            if index >= len(self.log) or self.log[index][0] != entry[0]:
                self.append(index, entries[place:])
                break
        last = previous + len(entries)
        self.commit = max(self.commit, min(message["commit"], last))
        self.send(leader, "appended", matches=last, next=last + 1)

    def on_appended(self, peer, message):
        if self.role != "leader" or message["term"] != self.term:
            return
        if message["matches"] is None:
            if self.match[peer] < message["next"] < self.next[peer]:
                self.next[peer] = message["next"]
                self.send_entries(peer)
            return
        self.match[peer] = max(self.match[peer], message["matches"])
        self.next[peer] = self.match[peer] + 1
        self.advance()

    def advance(self):
        """Commits what a majority has stored, if it is of this term (section 5.4.2)."""
        stored = sorted([*self.match.values(), len(self.log) - 1])
        index = stored[(len(stored) - 1) // 2]
        if index > self.commit and self.log[index][0] == self.term:
            self.commit = index

    def apply(self):
        while self.applied < self.commit:
            self.applied += 1
            term, command = self.log[self.applied]
            self.do("apply", index=self.applied, term=term, command=command)

    # What the server does.

    def append(self, index, entries):
        """Puts entries at the end, from this index on, and writes them to the disk."""
        gone = {str(place): None for place in range(index, len(self.log))}
        self.log[index:] = entries
        new = {str(index + place): entry for place, entry in enumerate(entries)}
        self.do("persist", disk={**gone, **new})

    def save(self, **values):
        """Sets the term or the vote, and writes it to the disk."""
        vars(self).update(values)
        self.do("persist", disk=values)

    def send(self, to, kind, **fields):
        message = {"type": kind, "term": self.term, **fields}
        topic = "vote" if "vote" in kind else "append"
        reply = kind in ("vote", "appended")
        self.do("send", to=to, message=message, term=self.term, topic=topic, reply=reply)

    def do(self, action, **fields):
        self.actions.append({"do": action, **fields})

    def reset_timer(self, now):
        self.deadline = now + self.random.randrange(300 * MS, 600 * MS)


def main():
    raft = None
    for line in sys.stdin:
        event = json.loads(line)
        answer = {"turn": event["turn"]}
        if event["event"] == "boot":
            raft = Raft(event)
            # This process may be asked to boot again: nothing of the last life is left in it.
            answer["again"] = True
            answer["implements"] = "3C"
            answer["claims"] = {"answers_earlier_terms": True}
        else:
            answer["actions"] = raft.step(event)
        answer["deadline"] = raft.deadline
        answer["status"] = {"term": raft.term, "role": raft.role, "leader": raft.leader}
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
