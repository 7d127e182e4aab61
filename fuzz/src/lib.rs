//! Fuzz entries as plain functions.
