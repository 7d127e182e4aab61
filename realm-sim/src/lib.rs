//! realm-sim
