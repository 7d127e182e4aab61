//! Our programs and libraries with programs that others wrote.

#[cfg(test)]
mod peers_alone;
