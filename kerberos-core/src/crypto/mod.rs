//! Encryption and checksum profiles (RFC 3961).
