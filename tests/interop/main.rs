//! Our programs and libraries with programs that others wrote.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod default_types;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod forests_to_the_cloud;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod full_tgt;
#[cfg(test)]
mod heimdal;
#[cfg(test)]
mod heimdal_kdc;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod key_list;
#[cfg(test)]
mod key_rotation;
#[cfg(test)]
mod krb_cred;
#[cfg(test)]
mod minikerberos;
#[cfg(test)]
mod mit_client;
#[cfg(test)]
mod mit_fast;
#[cfg(test)]
mod mit_kdc;
#[cfg(test)]
mod mit_pkinit;
#[cfg(test)]
mod no_tickets;
#[cfg(test)]
mod on_behalf;
#[cfg(test)]
mod other_answers;
#[cfg(test)]
mod our_programs;
#[cfg(test)]
mod pac_readers;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod peers_alone;
#[cfg(test)]
mod realm_trust;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod rotation_under_load;
#[cfg(test)]
mod samba_suite;
#[cfg(test)]
mod samba_trust;
#[cfg(test)]
mod scapy_cloud;
#[cfg(test)]
mod service;
#[cfg(test)]
mod service_keys;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sovereign_cloud;
#[cfg(test)]
mod to_the_cloud;
#[cfg(test)]
mod token_endpoint;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod two_tenants;
