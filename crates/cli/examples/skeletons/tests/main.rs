//! A Raft of the shape of each skeleton passes its parts, and a skeleton says which hole is left.

mod holes;

mod part_3a {
    use skeletons::filled::part_3a::MyRaft;

    raftsim::labs!(MyRaft, 3A);
    raftsim::fuzz!(MyRaft, 3A);
}

mod part_3b {
    use skeletons::filled::part_3b::MyRaft;

    raftsim::labs!(MyRaft, 3A);
    raftsim::labs!(MyRaft, 3B);
    raftsim::fuzz!(MyRaft, 3B);
}

mod part_3c {
    use skeletons::filled::part_3c::MyRaft;

    raftsim::labs!(MyRaft, 3A);
    raftsim::labs!(MyRaft, 3B);
    raftsim::labs!(MyRaft, 3C);
    raftsim::fuzz!(MyRaft, 3C);
}

mod part_3d {
    use skeletons::filled::part_3d::MyRaft;

    raftsim::labs!(MyRaft);
    raftsim::fuzz!(MyRaft);
}

mod rpc_3a {
    use skeletons::filled::rpc_3a::MyRaft;

    raftsim::labs!(MyRaft, 3A);
    raftsim::fuzz!(MyRaft, 3A);
}
