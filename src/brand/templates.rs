//! Pages of the operator's own making, in the place of the built-in ones.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};
use serde::Serialize;

use crate::texts::Texts;

/// A file that is larger than this is no template.
const LARGEST: u64 = 256 * 1024;

/// The templates of a folder, read and compiled.
#[derive(Clone)]
pub struct Templates {
    pub folder: PathBuf,
    environment: Arc<Environment<'static>>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Templates").field(&self.folder).finish()
    }
}

impl Templates {
    /// Every `.html` file of the folder. Values are escaped because of that name.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_function("t", said);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "html") {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if std::fs::metadata(&path).map_err(unreadable)?.len() > LARGEST {
                return Err(format!("{name} is larger than 256 KB"));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            environment.add_template_owned(name.clone(), text).map_err(|error| format!("{name}: {error}"))?;
            count += 1;
        }
        if count == 0 {
            return Err(format!("{} holds no .html file", folder.display()));
        }
        Ok(Self { folder: folder.to_owned(), environment: Arc::new(environment) })
    }

    /// The page, if there is a file of this name; and what is wrong if it cannot be made.
    pub fn render(&self, file: &str, page: &impl Serialize) -> Option<Result<String, String>> {
        let template = self.environment.get_template(file).ok()?;
        let page = Value::from(Serde(page));
        Some(template.render(page).map_err(|error| format!("{file}: {error}")))
    }
}

/// `t("key")` and `t("key", name=value)`: what the built-in pages say there, in the language of the page.
#[expect(clippy::needless_pass_by_value, reason = "minijinja hands its values over")]
fn said(state: &State<'_, '_>, key: &str, values: Kwargs) -> Result<String, Error> {
    let chrome = state.lookup("chrome").unwrap_or_default();
    let tag = chrome.get_attr("lang")?;
    let mut given: Vec<(&str, String)> = Vec::new();
    for name in values.args() {
        given.push((name, values.get(name)?));
    }
    let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = Texts::of(&[tag.as_str().unwrap_or_default()]).with_all(key, &given);
    if text == key {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("there is no text {key}")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    /// Line 8: a file takes the place of the page of its name; values are escaped, and texts are in the language of the page.
    #[test]
    fn a_template_takes_the_place_of_a_page() {
        let page = "{% extends \"own.html\" %}{% block main %}{{ t('title-error', title=heading) }}: {{ t('error-to-do') }}{% endblock %}";
        let own = "<main>{% block main %}{% endblock %}</main>";
        let folder = folder(&[("error.html", page), ("own.html", own), ("notes.txt", "{{ broken")]);
        let templates = Templates::read(folder.path()).unwrap();
        let shown = templates
            .render("error.html", &json!({ "chrome": { "lang": "de" }, "heading": "<b>" }))
            .unwrap()
            .unwrap();
        assert_eq!(shown, "<main>Fehler: &lt;b&gt;: Was Sie tun können</main>");
        assert!(templates.render("consent.html", &json!({})).is_none());
        let fault = templates.render("error.html", &json!({ "heading": "x" })).unwrap();
        assert!(fault.unwrap_err().contains("error.html"));
    }

    /// Wrong templates are told of before anybody sees them.
    #[test]
    fn a_broken_template_is_refused() {
        let broken = folder(&[("error.html", "{% if x %}")]);
        assert!(Templates::read(broken.path()).unwrap_err().starts_with("error.html: "));
        assert!(Templates::read(folder(&[]).path()).unwrap_err().ends_with("holds no .html file"));
        assert!(Templates::read(Path::new("no-such-folder")).is_err());
    }
}
