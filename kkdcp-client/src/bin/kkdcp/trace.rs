//! `--trace`: what happens, in the lines of KRB5_TRACE.

use std::fmt;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use kkdcp_client::{Clock, SystemClock};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::report::Failure;

/// Begins to trace into `path`; `/dev/stderr` is standard error.
pub(crate) fn start(path: &Path) -> Result<(), Failure> {
    // Only what this project says: HTTP and TLS libraries would drown it.
    let ours = Targets::new().with_target("kkdcp_client", LevelFilter::DEBUG);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .event_format(Line);
    let started = if path == Path::new("/dev/stderr") {
        let layer = layer.with_writer(std::io::stderr);
        tracing_subscriber::registry()
            .with(layer)
            .with(ours)
            .try_init()
    } else {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .map_err(|error| Failure::machine(format!("{}: {error}", path.display())))?;
        let layer = layer.with_writer(Mutex::new(file));
        tracing_subscriber::registry()
            .with(layer)
            .with(ours)
            .try_init()
    };
    started.map_err(Failure::machine)
}

/// `[pid] seconds.micros: text field=value`
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let micros = SystemClock::new().now().micros();
        let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        write!(writer, "[{}] {seconds}.{micros:06}: ", std::process::id())?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        writeln!(writer, "{}{}", fields.message, fields.others)
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write;
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.others, " {}={value:?}", field.name())
        };
    }
}
