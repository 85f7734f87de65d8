//! Request parameters in `application/x-www-form-urlencoded`, of a query or a body. RFC 6749 §3.1, §3.2 and Appendix B.

use std::fmt;

use super::text::quoted;

/// More parameters than any request of any RFC has.
const MOST: usize = 100;

/// What may be sent several times: RFC 8707 §2 and RFC 8693 §2.1.
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The parameters of one request, decoded, in the order sent; those without a value are not in it. RFC 6749 §3.1.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

/// What is wrong with the parameters of a request; its text is a sentence that names the parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamFault {
    /// Sent more than once. RFC 6749 §3.1.
    #[error("The parameter {0} is sent more than once.")]
    Repeated(String),
    /// A percent sign without two hex digits, or bytes that are not UTF-8.
    #[error("The parameter {0} is not percent-encoded UTF-8.")]
    Encoding(String),
    /// Holds U+0000.
    #[error("The parameter {0} holds a NUL character.")]
    Nul(String),
    /// More than 100.
    #[error("The request has more than {MOST} parameters.")]
    TooMany,
}

/// Parameters with a fault, for an endpoint that answers it where the sound ones say. RFC 6749 §4.1.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// The first fault.
    pub fault: ParamFault,
    sound: Params,
    names: Vec<String>,
}

impl Faulty {
    /// What can be relied on, if each of `needed` can: none of them is repeated or malformed. RFC 6749 §4.1.2.1.
    #[must_use]
    pub fn sound(&self, needed: &[&str]) -> Option<&Params> {
        (!self.names.iter().any(|name| needed.contains(&name.as_str()))).then_some(&self.sound)
    }
}

impl Params {
    /// Decodes a query or body: repeats are refused but for `resource` and `audience`, and so is what is not UTF-8. RFC 6749 §3.1.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParamFault> {
        Self::parse_whole(encoded).map_err(|faulty| faulty.fault)
    }

    /// As [`Params::parse`], but a fault comes with the parameters that have none. RFC 6749 §4.1.2.1.
    pub fn parse_whole(encoded: &[u8]) -> Result<Self, Faulty> {
        let mut seen: Vec<String> = Vec::new();
        let mut sound = Self::default();
        let mut names: Vec<String> = Vec::new();
        let mut first_fault = None;
        for piece in encoded.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
            if seen.len() == MOST {
                // Nothing is relied on: what follows might be anything.
                return Err(Faulty { fault: ParamFault::TooMany, sound: Self::default(), names });
            }
            let (name, read) = read(piece, &seen);
            match read {
                Ok(value) if !value.is_empty() && !name.is_empty() => sound.pairs.push((name.clone(), value)),
                Ok(_) => {}
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                    names.push(name.clone());
                }
            }
            seen.push(name);
        }
        match first_fault {
            None => Ok(sound),
            Some(fault) => Err(Faulty { fault, sound, names }),
        }
    }

    /// The first value of a parameter; one without a value is as good as not sent. RFC 6749 §3.1.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated. RFC 8707 §2.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(sent, _)| *sent == name).map(|(_, value)| value)
    }

    /// Every name with its value, in the order sent. RFC 6749 §3.1.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters of these names alone. RFC 6749 §3.1: others are ignored.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = self.pairs.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Self { pairs: kept.cloned().collect() }
    }

    /// All but the parameters of these names. RFC 6749 §3.1.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.pairs.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// With one more value of this name. RFC 8707 §2.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.pairs.push((name.to_owned(), value));
        self
    }

    /// As text to be stored: an array of pairs, which keeps order and repeats. RFC 8707 §2.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self.pairs).to_string()
    }

    /// Restores what [`Params::to_json`] wrote. RFC 8707 §2.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(|pairs| Self { pairs })
    }
}

/// The name of a `name=value` piece, and its value unless the piece is malformed or repeats what was `seen`.
fn read(piece: &[u8], seen: &[String]) -> (String, Result<String, ParamFault>) {
    let mut halves = piece.splitn(2, |byte| *byte == b'=');
    let raw_name = halves.next().unwrap_or_default();
    let shown = || quoted(&String::from_utf8_lossy(raw_name));
    let Some(name) = decode(raw_name) else {
        return (String::new(), Err(ParamFault::Encoding(shown())));
    };
    let value = match decode(halves.next().unwrap_or_default()) {
        None => Err(ParamFault::Encoding(shown())),
        Some(value) if name.contains('\0') || value.contains('\0') => Err(ParamFault::Nul(shown())),
        // An empty value counts here: it was sent, and another reader may take the first one.
        Some(_) if seen.contains(&name) && !REPEATABLE.contains(&name.as_str()) => {
            Err(ParamFault::Repeated(quoted(&name)))
        }
        Some(value) => Ok(value),
    };
    (name, value)
}

/// Names only: among the values are codes, secrets and passwords.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs().map(|(name, _)| name)).finish()
    }
}

/// Undoes percent-encoding, with `+` for a space; `None` if it is malformed or not UTF-8.
pub(crate) fn decode(encoded: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.iter();
    while let Some(&byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(*bytes.next()?)? << 4 | hex(*bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    fn fault(bytes: &[u8]) -> String {
        Params::parse(bytes).unwrap_err().to_string()
    }

    /// A26, P19: a repeat is refused by name, also if one is empty or spelled with percent signs; `resource` and `audience` may repeat.
    #[test]
    fn repeated_parameters_are_refused_by_name() {
        for text in ["scope=a&scope=b", "scope=&scope=b", "scope&scope", "scope=a&%73cope=a"] {
            assert_eq!(fault(text.as_bytes()), "The parameter 'scope' is sent more than once.", "{text}");
        }
        let several = params("resource=https%3A%2F%2Fa.test&audience=x&resource=https://b.test&audience=y");
        assert_eq!(several.all("resource").collect::<Vec<_>>(), ["https://a.test", "https://b.test"]);
        assert_eq!(several.all("audience").count(), 2);
    }

    /// A26: what is sound beside a fault can be relied on, and nothing can beside a fault of its own or a flood.
    #[test]
    fn a_fault_keeps_the_sound_parameters() {
        let faulty = Params::parse_whole(b"client_id=a&scope=x&state=s&scope=y&nonce=%zz").unwrap_err();
        assert_eq!(faulty.fault, ParamFault::Repeated("'scope'".to_owned()));
        let sound = faulty.sound(&["client_id", "state"]).unwrap();
        assert_eq!((sound.get("client_id"), sound.get("state")), (Some("a"), Some("s")));
        assert_eq!((faulty.sound(&["scope"]), faulty.sound(&["client_id", "nonce"])), (None, None));
        let flood = "client_id=a&".to_owned() + &"resource=a&".repeat(100);
        let faulty = Params::parse_whole(flood.as_bytes()).unwrap_err();
        assert_eq!(faulty.sound(&["client_id"]).and_then(|sound| sound.get("client_id")), None);
    }

    /// A26: an empty value is as good as not sent, and an unknown name is no fault.
    #[test]
    fn an_empty_value_is_an_omitted_one() {
        let sent = params("&scope=&state&unknown=1&&=nameless");
        assert_eq!(sent.get("scope"), None);
        assert_eq!(sent.get("state"), None);
        assert_eq!(sent.pairs().collect::<Vec<_>>(), [("unknown", "1")]);
    }

    /// A27: `state` survives exactly, line breaks and mark-up included.
    #[test]
    fn a_state_with_line_breaks_survives() {
        assert_eq!(params("state=a%0D%0A+%2B%3Cb%3E%26=%C3%A9").get("state"), Some("a\r\n +<b>&=é"));
    }

    /// A27: what cannot be echoed exactly is refused, never repaired.
    #[test]
    fn malformed_encodings_and_nul_are_refused() {
        for bytes in [
            &b"state=%"[..],
            b"state=%4",
            b"state=%zz",
            b"state=%+1",
            b"state=%ff",
            b"state=\xff",
            b"state=%C0%80",
        ] {
            assert_eq!(fault(bytes), "The parameter 'state' is not percent-encoded UTF-8.", "{bytes:?}");
        }
        assert_eq!(fault(b"state=%00"), "The parameter 'state' holds a NUL character.");
        assert_eq!(fault(b"st\x00ate=1"), "The parameter 'st?ate' holds a NUL character.");
    }

    /// R15: ten thousand parameters are not read.
    #[test]
    fn a_hundred_parameters_are_the_most() {
        let many = |count: usize| (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(params(&many(100)).pairs().count(), 100);
        assert_eq!(fault(many(101).as_bytes()), "The request has more than 100 parameters.");
        assert_eq!(fault("resource=a&".repeat(101).as_bytes()), "The request has more than 100 parameters.");
    }

    /// X05: values, among them secrets, are not in the debug output.
    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", params("client_secret=hunter2")), "[\"client_secret\"]");
    }

    proptest! {
        /// Any names and values survive encoding, decoding, storing and restoring.
        #[test]
        fn params_round_trip(map in proptest::collection::btree_map("[^\0]{1,8}", "[^\0]{1,20}", 0..10)) {
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&map).finish();
            let decoded = Params::parse(encoded.as_bytes()).unwrap();
            let expected: Vec<_> = map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(decoded.pairs().collect::<Vec<_>>(), expected);
            prop_assert_eq!(Params::from_json(&decoded.to_json()), Some(decoded));
        }

        /// No request makes the reader panic.
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,60}") {
            let _ = Params::parse(&bytes);
            let _ = Params::parse(text.as_bytes());
            let _ = Params::from_json(&text);
        }
    }
}
