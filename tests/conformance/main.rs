//! Published values, section by section: one module per document.

#[cfg(test)]
mod cache_and_keytab_files;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod ms_adts;
#[cfg(test)]
mod ms_kile;
#[cfg(test)]
mod ms_kkdcp;
#[cfg(test)]
mod ms_pac;
#[cfg(test)]
mod ms_sfu;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod rfc3244;
#[cfg(test)]
mod rfc3961;
#[cfg(test)]
mod rfc3962;
#[cfg(test)]
mod rfc4120;
#[cfg(test)]
mod rfc4121;
#[cfg(test)]
mod rfc4178;
#[cfg(test)]
mod rfc4556;
#[cfg(test)]
mod rfc4757;
#[cfg(test)]
mod rfc5652;
mod rfc5903;
#[cfg(test)]
mod rfc6113;
#[cfg(test)]
mod rfc6803;
#[cfg(test)]
mod rfc6806;
#[cfg(test)]
mod rfc8009;
#[cfg(test)]
mod rfc8070;
#[cfg(test)]
mod rfc8636;
