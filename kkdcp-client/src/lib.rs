//! kkdcp-client
