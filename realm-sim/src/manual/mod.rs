//! The manual: Microsoft's two set-up procedures, rehearsed on one machine.
//!
//! Windows Authentication for Microsoft Entra principals comes in two flows, and Microsoft has a
//! procedure for each. The pages below walk through both with the programs of this project in the
//! place of PowerShell, Group Policy editors and Windows' tools; every command on them is run, as
//! it is printed, by the project's tests.
//!
//! | | [`modern_interactive`] | [`trust_based`] |
//! |---|---|---|
//! | the client's machine | joined to Microsoft Entra | joined to the domain |
//! | a domain controller in sight | not needed | needed |
//! | changes to Active Directory | none | a trusted domain object, a service account |
//! | what the client is told | a policy: ask for the ticket at sign-in | a policy: the KDC proxy of the cloud realm |
//! | the TGT that the cloud realm sees | came with the sign-in | a referral of the domain's |
//! | which programs | interactive ones | any |

#[doc = include_str!("modern_interactive.md")]
pub mod modern_interactive {}

#[doc = include_str!("trust_based.md")]
pub mod trust_based {}
