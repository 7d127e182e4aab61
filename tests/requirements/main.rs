//! The table of requirements: section, our own words, the code and the test that hold it.
//!
//! A row fails when its code does not name the section or its test does not exist. A requirement
//! that we refuse has the reason instead.

#[cfg(test)]
mod table;
