//! Refusals of the token endpoint, with their usual cause and the next step.

use super::SignInError;
use crate::explanation::{Explanation, Symptom};

/// Errors of the token endpoint by the number in their description, `AADSTS` in front.
const SYMPTOMS: [(u32, Symptom); 12] = [
    (50_034, Symptom::UserUnknown),
    (50_057, Symptom::UserUnknown),
    (50_058, Symptom::UserUnknown),
    (50_126, Symptom::RefreshTokenSpent),
    (50_173, Symptom::RefreshTokenSpent),
    (70_008, Symptom::RefreshTokenSpent),
    (700_082, Symptom::RefreshTokenSpent),
    (700_084, Symptom::RefreshTokenSpent),
    (50_076, Symptom::SignInRefusedByPolicy),
    (50_079, Symptom::SignInRefusedByPolicy),
    (53_003, Symptom::SignInRefusedByPolicy),
    (90_002, Symptom::UnknownTenant),
];

impl SignInError {
    /// The likely cause and the next step, where the token endpoint has refused by a number that
    /// says so.
    ///
    /// ```
    /// use kkdcp_client::sign_in::{SignInError, TokenResponse};
    ///
    /// let refused = TokenResponse::parse(
    ///     br#"{"error": "invalid_grant", "error_description": "AADSTS50173: a new password"}"#,
    /// );
    /// let explanation = refused.unwrap_err().explain().ok_or("not explained")?;
    /// assert!(explanation.next_step.contains("sign in again"));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn explain(&self) -> Option<&'static Explanation> {
        let Self::Refused { description, .. } = self else {
            return None;
        };
        let (_, rest) = description.split_once("AADSTS")?;
        let end = rest.find(|c: char| !c.is_ascii_digit());
        let number: u32 = rest.get(..end.unwrap_or(rest.len()))?.parse().ok()?;
        let (_, symptom) = SYMPTOMS.iter().find(|(known, _)| *known == number)?;
        Some(Explanation::of(*symptom))
    }
}
