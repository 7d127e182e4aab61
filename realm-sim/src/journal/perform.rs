//! Changes made, kept, and made again.

use std::sync::PoisonError;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;

use super::record::{Changed, Kept, Record};
use super::seed::{Seed, SeedEntropy};
use super::writer::Writer;
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
        if writer.is_full_for(body.len()) {
            begin_anew(&mut writer, forest, now);
        }
        writer.expect_room(body.len()).map_err(not_kept)?;
        keep_observed(&mut writer, forest).map_err(not_kept)?;
        let answer = forest.answer_to(change, &entropy, now)?;
        writer.append(&record(answer.digest)?).map_err(not_kept)?;
        writer.changes = writer.changes.saturating_add(1);
        if writer.is_checkpoint_due() {
            begin_anew(&mut writer, forest, now);
        }
        Ok(answer.value)
    }

    /// Keeps what servers have observed since this was asked last: the wrong passwords that KDCs
    /// counted, and the requests that password services have seen.
    ///
    /// Where that cannot be kept, nothing is changed from then on.
    pub fn keep_observed(&self, forest: &Forest, now: Timestamp) {
        if !forest.has_observed() {
            return;
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(why) = keep_observed(&mut writer, forest) {
            tracing::warn!(why, "what was observed is not kept");
        } else if writer.is_checkpoint_due() {
            begin_anew(&mut writer, forest, now);
        }
    }
}

/// Wrong passwords as they are counted now, rather than one by one: a change that comes between finds
/// them so.
fn keep_observed(writer: &mut Writer, forest: &Forest) -> Result<(), String> {
    let counted = forest.take_counted_failures().into_iter();
    let spent = forest.take_spent_requests().into_iter();
    for record in counted
        .map(Record::Failures)
        .chain(spent.map(Record::Spent))
    {
        let body = record.encode().map_err(|error| error.to_string())?;
        writer.expect_room(body.len())?;
        writer.append(&body)?;
    }
    Ok(())
}

/// Begins the journal anew. Where that fails it goes on as it is, and is asked again when twice as
/// much would have to be done.
fn begin_anew(writer: &mut Writer, forest: &Forest, now: Timestamp) {
    if let Err(error) = writer.checkpoint(forest, now) {
        tracing::warn!(%error, "the journal could not be begun anew");
        writer.due = writer.to_do.saturating_mul(2);
    }
}

impl Forest {
    /// Does what `change` asks for and keeps it in memory.
    pub(crate) fn perform(&self, change: &Change, now: Timestamp) -> Result<Value, AdminError> {
        let answer = self.answer_to(change, self.entropy(), now)?;
        Ok(answer.value)
    }

    /// Does once more what was kept, of which `before` changes need not be.
    pub(super) fn perform_all_again(
        &self,
        before: usize,
        kept: &[Kept],
    ) -> Result<(), JournalError> {
        let mut number = before;
        for kept in kept {
            match kept {
                Kept::Change(change) => {
                    number = number.saturating_add(1);
                    self.perform_again(number, change)?;
                }
                Kept::Failures(counted) => {
                    let counted = self.count_again(counted);
                    counted.map_err(|why| JournalError::Diverged { number, why })?;
                }
                Kept::Spent(spent) => {
                    let spent = self.remember_spent(spent);
                    spent.map_err(|why| JournalError::Diverged { number, why })?;
                }
            }
        }
        Ok(())
    }

    /// Makes a change once more.
    fn perform_again(&self, number: usize, change: &Changed) -> Result<(), JournalError> {
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
