//! Our codec against `rasn-kerberos`, which others wrote from the same ASN.1 module.

#[cfg(test)]
mod accepted;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod rasn_pkinit;
#[cfg(test)]
mod rasn_structures;
#[cfg(test)]
mod rasn_types;
#[cfg(test)]
mod values;
