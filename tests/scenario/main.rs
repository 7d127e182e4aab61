//! Whole stories over loopback: seeded, on a clock that moves only when told.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod armor;
#[cfg(test)]
mod armored_tgs;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod clock_skew;
#[cfg(test)]
mod cloud_trust_of_forests;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod full_tgt;
#[cfg(test)]
mod guests;
#[cfg(test)]
mod hostile_proxy;
#[cfg(test)]
mod incoming_trust;
#[cfg(test)]
mod kdc_called;
#[cfg(test)]
mod referral;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod service_side;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod told;
#[cfg(test)]
mod trusts;
#[cfg(test)]
mod wrong_direction;
