//! Changes made, kept, and made again.

use std::sync::PoisonError;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;

use super::record::{Changed, Record};
use super::seed::{Seed, SeedEntropy};
use super::{Journal, JournalError};
use crate::admin::{AccountReply, AdminError, Change};
use crate::forest::{DirectoryError, Forest};

/// Octets of an answer's digest: enough to tell two answers apart that nobody chose.
const DIGEST: usize = 8;

/// What a change was answered with.
struct Answer {
    value: Value,
    /// Of its text.
    digest: String,
}

impl Answer {
    fn new(reply: &impl Serialize) -> Result<Self, AdminError> {
        let failed = |error: serde_json::Error| AdminError::NotKept {
            why: error.to_string(),
        };
        let text = serde_json::to_string(reply).map_err(failed)?;
        Ok(Self {
            value: serde_json::to_value(reply).map_err(failed)?,
            digest: hexadecimal(digest(&SHA256, text.as_bytes()).as_ref()),
        })
    }
}

impl Journal {
    /// Does what `change` asks for and keeps it: what this answers is on disk.
    ///
    /// Where it cannot be kept, nothing more is changed from then on, for what is in memory is not
    /// what is on disk.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then but for [`AdminError::NotKept`].
    pub fn perform(
        &self,
        forest: &Forest,
        change: &Change,
        now: Timestamp,
    ) -> Result<Value, AdminError> {
        if !change.is_change() {
            return forest.perform(change, now);
        }
        let not_kept = |why| AdminError::NotKept { why };
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let seed = Seed::draw(&*self.entropy).map_err(DirectoryError::from)?;
        let entropy = SeedEntropy::new(&seed);
        let record = |reply: String| {
            let (at, seed, request) = (now.micros(), seed.clone(), change.clone());
            let record = Record::Change(Box::new(Changed {
                at,
                seed,
                request,
                reply,
            }));
            record.encode().map_err(|error| not_kept(error.to_string()))
        };
        // As long as the one that comes.
        let body = record(hexadecimal(&[0; DIGEST]))?;
        writer.expect_room(body.len()).map_err(not_kept)?;
        let answer = forest.answer_to(change, &entropy, now)?;
        writer.append(&record(answer.digest)?).map_err(not_kept)?;
        Ok(answer.value)
    }
}

impl Forest {
    /// Does what `change` asks for and keeps it in memory.
    pub(crate) fn perform(&self, change: &Change, now: Timestamp) -> Result<Value, AdminError> {
        let answer = self.answer_to(change, self.entropy(), now)?;
        Ok(answer.value)
    }

    /// Makes a change once more.
    pub(super) fn perform_again(
        &self,
        number: usize,
        change: &Changed,
    ) -> Result<(), JournalError> {
        let diverged = |why: String| JournalError::Diverged { number, why };
        let entropy = SeedEntropy::new(&change.seed);
        let answer = self.answer_to(&change.request, &entropy, change.time());
        match answer {
            Ok(answer) if answer.digest == change.reply => Ok(()),
            Ok(_) => Err(diverged("it ends otherwise".to_owned())),
            Err(error) => Err(diverged(error.to_string())),
        }
    }

    fn answer_to(
        &self,
        change: &Change,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Answer, AdminError> {
        match change {
            Change::Account(request) => Answer::new(&self.administer_from(request, entropy, now)?),
            Change::Group(request) => Answer::new(&self.administer_group(request)?),
            Change::Trust(request) => {
                Answer::new(&self.administer_trust_from(request, entropy, now)?)
            }
            Change::AzureadKerberos(request) => {
                Answer::new(&self.administer_azuread_kerberos_from(request, entropy, now)?)
            }
            Change::ServicePrincipal(request) => {
                Answer::new(&self.administer_service_principal_from(request, entropy, now)?)
            }
            Change::Password(request) => {
                let realm = Realm::new(&request.realm)?;
                let (name, password) = (&request.name, request.password.expose());
                self.store_password((&realm, name), password, entropy, now)?;
                Answer::new(&AccountReply::named(self, &realm, name)?)
            }
        }
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let first = octets.iter().take(DIGEST);
    first.map(|octet| format!("{octet:02x}")).collect()
}
