//! What holds for every value and for every byte string.

#[cfg(test)]
mod crypto;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod pac;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod wire;
