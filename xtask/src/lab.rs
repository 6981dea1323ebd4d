//! Builds the Lab's bundle: Trunk's build of its page, the two entry scripts without a hash in
//! their names (the player for the webmail, the engine's worker), and the index of the scenarios.
//! Reads only the indexed fields of a scenario; the engine reads the rest.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use serde_json::{Value, json};
use toml::Table;

use crate::files::{collect, trunk, write};
use crate::project::{Build, Project};

/// The script that another page loads: a promise of the Lab's exports, resolved once its styles are
/// loaded.
const PLAYER: &str = "\
import init, * as lab from './{lab}.js';
const sheet = (name) => new Promise((there, failed) => {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(name, import.meta.url);
  link.onload = there;
  link.onerror = failed;
  document.head.append(link);
});
const code = init({ module_or_path: new URL('./{lab}_bg.wasm', import.meta.url) });
globalThis.glasspostLab = Promise.all([code, ...{styles}.map(sheet)]).then(() => lab);
";

const ENGINE: &str = "\
import init from './{engine}.js';
await init({ module_or_path: new URL('./{engine}_bg.wasm', import.meta.url) });
";

/// The service worker, with places for its version and its list of files.
const OFFLINE: &str = include_str!("../../frontend/lab/offline.js");

/// Writes the Lab's service worker for the files of ./dist, which it keeps on the device.
pub fn service_worker(dist: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    collect(&dist.join("lab"), &mut files);
    collect(&dist.join("explain"), &mut files);
    files.sort();
    let mut paths = Vec::new();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let path = format!("/{}", file.strip_prefix(dist).unwrap_or(&file).display());
        // The server chooses compressed versions; the player belongs to the webmail.
        let is_left_out = ["/lab/player.js", "/lab/offline.js"].contains(&path.as_str());
        if path.ends_with(".br") || path.ends_with(".gz") || is_left_out {
            continue;
        }
        hasher.write(path.as_bytes());
        hasher.write(&fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?);
        paths.push(path.replace("/lab/index.html", "/lab/"));
    }
    let text = OFFLINE
        .replace("{version}", &format!("{:016x}", hasher.finish()))
        .replace("{files}", &json!(paths).to_string());
    write(&dist.join("lab/offline.js"), &text)
}

/// Builds the Lab's bundle into a folder.
pub fn bundle(project: &Project, build: Build, folder: &Path) -> Result<(), String> {
    let index = "frontend/lab/index.html";
    trunk(project, build, index, "/lab/", folder)?;
    let page = fs::read_to_string(folder.join("index.html"))
        .map_err(|e| format!("the Lab's index.html: {e}"))?;
    let lab = named(&page, "/lab/lab-", ".js").ok_or("the Lab's page has no script")?;
    // Style sheets of the stage have names that begin with `stage-`.
    let styles: Vec<String> = all_named(&page, "/lab/stage-", ".css")
        .map(|name| format!("./stage-{name}.css"))
        .collect();
    if styles.is_empty() {
        return Err("the Lab's page has no stage style sheet".to_owned());
    }
    let engine = hashed_engine(folder)?;
    write(
        &folder.join("player.js"),
        &PLAYER
            .replace("{lab}", &format!("lab-{lab}"))
            .replace("{styles}", &json!(styles).to_string()),
    )?;
    write(
        &folder.join("engine.js"),
        &ENGINE.replace("{engine}", &engine),
    )
}

/// The first text between two others within an attribute value.
fn named(page: &str, before: &str, after: &str) -> Option<String> {
    all_named(page, before, after).next()
}

/// All texts between two others within attribute values.
fn all_named(page: &str, before: &str, after: &str) -> impl Iterator<Item = String> {
    page.split(before).skip(1).filter_map(move |rest| {
        // A minified page omits optional quotes.
        let name = rest.split(['"', '\'', ' ', '>']).next()?;
        name.strip_suffix(after).map(str::to_owned)
    })
}

/// Adds a hash to the name of the worker, which Trunk does not, so that browsers can cache it
/// forever.
fn hashed_engine(folder: &Path) -> Result<String, String> {
    let describe = |e| format!("the Lab's engine: {e}");
    let mut hasher = DefaultHasher::new();
    for file in ["engine.js", "engine_bg.wasm"] {
        hasher.write(&fs::read(folder.join(file)).map_err(describe)?);
    }
    let name = format!("engine-{:016x}", hasher.finish());
    fs::rename(folder.join("engine.js"), folder.join(format!("{name}.js"))).map_err(describe)?;
    fs::rename(
        folder.join("engine_bg.wasm"),
        folder.join(format!("{name}_bg.wasm")),
    )
    .map_err(describe)?;
    Ok(name)
}

/// The index of a folder of scenarios, as JSON: what a catalogue shows, and the tracks through it.
pub fn catalogue(folder: &Path) -> Result<String, String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|e| format!("static/scenarios: {e}"))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let (mut scenarios, mut tracks) = (Vec::new(), Value::Array(Vec::new()));
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).map_err(|e| format!("{name}: {e}"))?;
        let table: Table = text
            .parse()
            .map_err(|e: toml::de::Error| format!("static/scenarios/{name}: {e}"))?;
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            scenarios.push(entry(&name, &table)?);
        } else if let Some(all) = table.get("track") {
            tracks = as_json(all);
        }
    }
    scenarios.sort_by_key(|entry| entry["number"].as_u64());
    Ok(json!({ "scenarios": scenarios, "tracks": tracks }).to_string())
}

fn entry(file: &str, table: &Table) -> Result<Value, String> {
    let field = |name: &str| {
        table
            .get(name)
            .map(as_json)
            .ok_or_else(|| format!("static/scenarios/{file}: `{name}` is missing"))
    };
    let count = |name: &str| {
        table
            .get(name)
            .and_then(|all| all.as_array())
            .map_or(0, Vec::len)
    };
    Ok(json!({
        "file": file,
        "number": field("number")?,
        "version": field("version")?,
        "part": field("part")?,
        "title": field("title")?,
        "lead": field("lead")?,
        "questions": count("question"),
        "tweaks": count("tweak"),
        "exercises": count("exercise"),
    }))
}

fn as_json(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_hashed_names_of_a_page() {
        let page = r#"<link href="/lab/stage-0a1b.css"><script>import init from '/lab/lab-99ff.js'</script>"#;
        assert_eq!(named(page, "/lab/lab-", ".js").as_deref(), Some("99ff"));
        assert_eq!(named(page, "/lab/stage-", ".css").as_deref(), Some("0a1b"));
        assert_eq!(named(page, "/lab/none-", ".css"), None);
        let minified = "<link href=/lab/stage-0a1b.css rel=stylesheet><link rel=stylesheet href=/lab/stage-2c.css><script>import init from\"/lab/lab-99ff.js\";";
        assert_eq!(
            all_named(minified, "/lab/stage-", ".css").collect::<Vec<_>>(),
            ["0a1b", "2c"]
        );
        assert_eq!(named(minified, "/lab/lab-", ".js").as_deref(), Some("99ff"));
    }

    #[test]
    fn the_service_worker_keeps_all_files_of_the_lab_and_its_version_is_theirs() {
        let dist = std::env::temp_dir().join(format!("glasspost-offline-{}", std::process::id()));
        let put = |name: &str, text: &str| write(&dist.join(name), text).unwrap();
        let worker = || {
            service_worker(&dist).unwrap();
            fs::read_to_string(dist.join("lab/offline.js")).unwrap()
        };
        put("index.html", "the webmail's");
        for name in [
            "lab/index.html",
            "lab/scenarios/01-a.toml",
            "explain/a.json",
        ] {
            put(name, "a");
            put(&format!("{name}.br"), "a");
        }
        let first = worker();
        let files = r#"const FILES = ["/explain/a.json","/lab/","/lab/scenarios/01-a.toml"];"#;
        assert!(first.contains(files), "{first}");
        assert_eq!(worker(), first, "it does not list itself");
        put("lab/scenarios/01-a.toml", "b");
        assert_ne!(worker(), first);
        fs::remove_dir_all(&dist).unwrap();
    }

    #[test]
    fn an_entry_tells_what_is_missing_and_where() {
        let table: Table =
            "number = 1\nversion = 1\npart = \"basics\"\nlead = { zh = \"甲\", en = \"a\" }"
                .parse()
                .unwrap();
        assert_eq!(
            entry("01-x.toml", &table).unwrap_err(),
            "static/scenarios/01-x.toml: `title` is missing"
        );
    }
}
