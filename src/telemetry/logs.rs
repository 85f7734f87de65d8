//! Log lines: one event is one line, whatever a client put into it.

use std::io::{self, Write};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error. A second call changes nothing: many test servers share one process.
pub fn init(log: &Log) {
    let subscriber = subscriber(log, || OneLine(io::stderr()));
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logging was already started");
    }
}

fn subscriber<W>(log: &Log, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // What a stranger sends that is no HTTP is no error of ours. A directive of the settings for that target still wins.
    let directives = format!("actix_http::h1=off,{}", log.filter);
    // The filter was checked when the settings were loaded.
    let filter = EnvFilter::builder().parse(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        // It would complain on standard error, and panic when that is what cannot be written: a full disk.
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_span_list(false).finish()),
    }
}

/// Escapes every control character but the newline at the end, so that nothing in an event can begin a line of its own
/// or move a terminal's cursor. The escapes are those of JSON, and in JSON such characters stand in strings only.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        if line.contains(breaks_a_line) {
            let mut escaped = String::with_capacity(text.len() + 16);
            for character in line.chars() {
                match character {
                    '\n' => escaped.push_str("\\n"),
                    odd if breaks_a_line(odd) => {
                        let code = format!("\\u{:04x}", u32::from(odd));
                        escaped.push_str(&code);
                    }
                    plain => escaped.push(plain),
                }
            }
            escaped.push('\n');
            self.0.write_all(escaped.as_bytes())?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters, and what some viewers take for the end of a line or for a change of direction.
fn breaks_a_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of an event whose message and field hold `hostile`.
    fn logged(format: LogFormat, filter: &str, hostile: &str) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let log = Log { format, filter: filter.to_owned() };
        let subscriber = subscriber(&log, move || OneLine(writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", name = hostile);
            let _entered = span.enter();
            tracing::info!(shown = %hostile, quoted = ?hostile, plain = hostile, "{hostile}");
        });
        String::from_utf8(memory.0.lock().unwrap().clone()).unwrap()
    }

    const HOSTILE: &str = "a\nERROR forged\r\u{1b}[2J\u{9b}31m\u{7f}\u{2028}b\u{202e}\"}\0";

    #[test]
    fn a_text_event_is_one_line_without_control_characters() {
        let text = logged(LogFormat::Text, "info", HOSTILE);
        assert!(text.contains("forged") && text.ends_with('\n'), "{text:?}");
        assert!(!text.trim_end_matches('\n').contains(breaks_a_line), "{text:?}");
        assert_eq!(text.lines().count(), 1, "{text:?}");
    }

    #[test]
    fn a_json_event_is_one_line_and_gives_back_what_was_logged() {
        let text = logged(LogFormat::Json, "info", HOSTILE);
        assert!(!text.trim_end_matches('\n').contains(breaks_a_line), "{text:?}");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json.get("message").and_then(serde_json::Value::as_str), Some(HOSTILE));
        assert_eq!(json.get("plain").and_then(serde_json::Value::as_str), Some(HOSTILE));
        assert_eq!(json.pointer("/span/name").and_then(serde_json::Value::as_str), Some("request"));
    }

    #[test]
    fn the_filter_decides_what_is_written() {
        assert_eq!(logged(LogFormat::Text, "warn", "quiet"), "");
        assert_eq!(logged(LogFormat::Text, "warn,grantor=info", "quiet").lines().count(), 1);
    }
}
