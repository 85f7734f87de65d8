//! What cargo says of our packages, as `CycloneDX` 1.6 has it: the packages that a release is built from or with, and no others.
//! The same tree gives the same text: there is no time and no random number in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

/// The bill of materials of the output of `cargo metadata` and of `Cargo.lock`.
pub fn bom(metadata: &Value, lock: &str) -> Result<Value, String> {
    let lock: toml::Table = lock.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let checksums = checksums(&lock);
    let packages = by_id(metadata.get("packages"));
    let resolve = metadata.get("resolve").ok_or("cargo resolved nothing")?;
    let nodes = by_id(resolve.get("nodes"));
    let root = resolve.get("root").and_then(Value::as_str).ok_or("there is no root package")?;
    let shipped = shipped(resolve);
    let (mut components, mut dependencies) = (BTreeMap::new(), BTreeMap::new());
    for id in &shipped {
        let package = packages.get(id).ok_or_else(|| format!("{id} is not described"))?;
        let reference = purl(package)?;
        if *id != root {
            components.insert(reference.clone(), component(package, "library", &checksums)?);
        }
        let used = nodes.get(id).into_iter().flat_map(|node| used(node));
        let used = used.filter_map(|id| packages.get(id)).map(|package| purl(package));
        let used: BTreeSet<String> = used.collect::<Result<_, _>>()?;
        dependencies.insert(reference.clone(), json!({ "ref": reference, "dependsOn": used }));
    }
    let own = packages.get(root).ok_or("our own package is not described")?;
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(own, "application", &checksums)? },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.into_values().collect::<Vec<_>>(),
    }))
}

/// The ids of the packages that a release is built from or with: reached from ours without a dev-dependency.
pub fn shipped(resolve: &Value) -> BTreeSet<&str> {
    let nodes = by_id(resolve.get("nodes"));
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = resolve.get("root").and_then(Value::as_str).into_iter().collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(nodes.get(id).into_iter().flat_map(|node| used(node)));
        }
    }
    found
}

/// What a package depends on, other than to test it.
fn used(node: &Value) -> impl Iterator<Item = &str> {
    let dependencies = node.get("deps").and_then(Value::as_array).into_iter().flatten();
    dependencies
        .filter(|dependency| is_shipped(dependency))
        .filter_map(|dependency| dependency.get("pkg")?.as_str())
}

fn is_shipped(dependency: &Value) -> bool {
    let mut kinds = dependency.get("dep_kinds").and_then(Value::as_array).into_iter().flatten();
    kinds.any(|kind| kind.get("kind").and_then(Value::as_str) != Some("dev"))
}

pub fn by_id(values: Option<&Value>) -> HashMap<&str, &Value> {
    let values = values.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(|value| Some((value.get("id")?.as_str()?, value))).collect()
}

fn checksums(lock: &toml::Table) -> HashMap<(&str, &str), &str> {
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    packages
        .filter_map(|package| {
            let name = package.get("name")?.as_str()?;
            Some(((name, package.get("version")?.as_str()?), package.get("checksum")?.as_str()?))
        })
        .collect()
}

fn component(package: &Value, kind: &str, checksums: &HashMap<(&str, &str), &str>) -> Result<Value, String> {
    let (name, version, reference) = (text(package, "name")?, text(package, "version")?, purl(package)?);
    let mut component = json!({
        "type": kind, "bom-ref": reference, "name": name, "version": version, "purl": reference,
    });
    if let Some(licence) = package.get("license").and_then(Value::as_str) {
        // Older packages separate choices by a slash.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    if let Some(checksum) = checksums.get(&(name, version)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    Ok(component)
}

/// Package URL: what advisories name a package by.
fn purl(package: &Value) -> Result<String, String> {
    // The only character of a version that has a meaning there.
    let version = text(package, "version")?.replace('+', "%2B");
    Ok(format!("pkg:cargo/{}@{version}", text(package, "name")?))
}

fn text<'a>(package: &'a Value, member: &str) -> Result<&'a str, String> {
    package.get(member).and_then(Value::as_str).ok_or_else(|| format!("a package has no {member}"))
}
