//! Our KDC beside Samba's: the same requests, the replies compared fact by fact.
//!
//! Whatever differs stands in `differences.toml` with the reason; what is not there, or is there
//! and does not differ, fails the test.

#[cfg(test)]
mod armored;
#[cfg(test)]
mod case;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod kdc;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod read_only;
#[cfg(test)]
mod samba;
