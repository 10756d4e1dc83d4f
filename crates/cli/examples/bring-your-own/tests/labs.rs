//! Part 3A of the labs, 2,000 seeds for each test; and 500 random plans.

raftsim::labs!(my_raft::MyRaft, 3A);
raftsim::fuzz!(my_raft::MyRaft, 3A);
