//! Part 3A of the labs, each test over 2,000 seeds.

raftsim::labs!(my_raft::MyRaft, 3A);
