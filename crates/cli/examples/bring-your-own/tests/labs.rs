//! Part 3A of the labs, and random plans: 2,000 seeds for each test and 500 plans, or as many as fit
//! into five seconds.

raftsim::labs!(my_raft::MyRaft, 3A);
raftsim::fuzz!(my_raft::MyRaft, 3A);
