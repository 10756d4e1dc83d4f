//! Part 3A of the labs, each test over 2,000 seeds; and plans that no one wrote.

raftsim::labs!(my_raft::MyRaft, 3A);
raftsim::fuzz!(my_raft::MyRaft, 3A);
