//! `grantor backup` and `grantor restore`.

use std::fs;

use super::support::{KEY, OTHER_KEY, Place, client_ids};

const ADD: [&str; 6] = ["client", "add", "--name", "Reports", "--grant", "client_credentials"];

/// The files of the database and the content of the main one.
fn data(place: &Place) -> (Vec<String>, Vec<u8>) {
    let mut names: Vec<String> = fs::read_dir(place.file("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    (names, fs::read(place.file("data/grantor.db")).unwrap())
}

#[cfg(unix)]
fn mode(place: &Place, name: &str) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(place.file(name)).unwrap().permissions()) & 0o777
}

/// R32: what was there at the backup is there after the restore, and what came later is kept aside.
#[test]
fn a_restored_backup_holds_what_was_backed_up() {
    let place = Place::sqlite();
    place.ok(&ADD);
    let then = client_ids(&place);
    let backup = place.run(&["backup", "copy.db"]);
    assert_eq!((backup.code, backup.out.as_str()), (0, "The database is copied to copy.db.\n"));
    assert!(backup.err.contains("The master key is not in the copy"), "{}", backup.err);
    assert!(!place.file("copy.db.key").exists());
    place.ok(&ADD);
    let later = client_ids(&place);
    assert_eq!((then.len(), later.len()), (1, 2));

    let restored = place.ok(&["restore", "copy.db"]);
    assert!(restored.contains("kept as data/grantor.db-before-restore"), "{restored}");
    assert_eq!(client_ids(&place), then);
    #[cfg(unix)]
    assert_eq!((mode(&place, "data/grantor.db"), mode(&place, "copy.db")), (0o600, 0o600));

    // An earlier database that was kept is not overwritten.
    let sentence = place.refused(1, &["restore", "copy.db"]);
    assert!(sentence.contains("grantor.db-before-restore is there from an earlier restore"), "{sentence}");
    fs::rename(place.file("data/grantor.db-before-restore"), place.file("later.db")).unwrap();
    place.ok(&["restore", "later.db"]);
    assert_eq!(client_ids(&place), later);
}

/// The copy with the key is all that another machine needs.
#[test]
fn a_backup_with_its_key_is_restored_elsewhere() {
    let place = Place::sqlite();
    place.ok(&ADD);
    let backup = place.run(&["backup", "copy.db", "--with-key"]);
    assert_eq!((backup.code, backup.err.as_str()), (0, ""), "{backup:?}");
    #[cfg(unix)]
    assert_eq!(mode(&place, "copy.db.key"), 0o600);

    let elsewhere = Place::sqlite();
    fs::copy(place.file("copy.db"), elsewhere.file("copy.db")).unwrap();
    fs::create_dir(elsewhere.file("data")).unwrap();
    let sentence = elsewhere.refused(2, &["restore", "copy.db"]);
    assert!(sentence.contains("data/master.key is gone"), "{sentence}");
    assert_eq!(fs::read_dir(elsewhere.file("data")).unwrap().count(), 0, "nothing was made");

    fs::copy(place.file("copy.db.key"), elsewhere.file("data/master.key")).unwrap();
    assert_eq!(elsewhere.ok(&["restore", "copy.db"]), "data/grantor.db is restored from copy.db.\n");
    assert_eq!(client_ids(&elsewhere), client_ids(&place));
    assert_eq!(elsewhere.json(&["key", "list"]), place.json(&["key", "list"]));
}

#[test]
fn a_backup_overwrites_nothing() {
    let place = Place::sqlite();
    place.ok(&ADD);
    fs::write(place.file("copy.db"), "mine").unwrap();
    assert_eq!(place.refused(1, &["backup", "copy.db"]), "copy.db exists already.");
    assert_eq!(fs::read(place.file("copy.db")).unwrap(), b"mine");
    fs::write(place.file("next.db.key"), "mine").unwrap();
    assert_eq!(place.refused(1, &["backup", "next.db", "--with-key"]), "next.db.key exists already.");
    assert!(!place.file("next.db").exists());
    let nowhere = place.refused(1, &["backup", "missing/copy.db"]);
    assert!(nowhere.contains("missing/copy.db cannot be made"), "{nowhere}");
}

/// A mistyped name must not look like a backup.
#[test]
fn a_backup_of_nothing_is_refused_and_makes_nothing() {
    let place = Place::sqlite();
    let sentence = place.refused(1, &["backup", "copy.db"]);
    assert!(sentence.starts_with("There is no database at"), "{sentence}");
    assert!(!place.file("copy.db").exists() && !place.file("data").exists());
}

/// R31: a backup that the configured key does not open is not restored.
#[test]
fn a_backup_of_another_key_replaces_nothing() {
    let place = Place::sqlite().with("GRANTOR_MASTER_KEY", KEY);
    place.ok(&ADD);
    place.ok(&["backup", "copy.db"]);
    let before = data(&place);
    let place = place.with("GRANTOR_MASTER_KEY", OTHER_KEY);
    let sentence = place.refused(2, &["restore", "copy.db"]);
    assert!(sentence.contains("master_key is not the one that this database was made with"), "{sentence}");
    assert_eq!(data(&place), before);
}

/// R06: a backup that is not whole is not restored.
#[test]
fn a_damaged_backup_replaces_nothing() {
    let place = Place::sqlite();
    place.ok(&ADD);
    place.ok(&["backup", "copy.db"]);
    let before = data(&place);
    let good = fs::read(place.file("copy.db")).unwrap();
    let mut flipped = good.clone();
    for at in (4096..flipped.len()).step_by(512) {
        flipped[at] ^= 0xff;
    }
    let cut = good[..good.len() / 2].to_vec();
    for (bad, said) in [
        (flipped, "is not a whole SQLite database"),
        (cut, "is not a whole SQLite database"),
        (b"not a database at all".to_vec(), "is not a whole SQLite database"),
        (Vec::new(), "is not a database of Grantor"),
    ] {
        fs::write(place.file("bad.db"), &bad).unwrap();
        let sentence = place.refused(1, &["restore", "bad.db"]);
        assert!(sentence.starts_with("bad.db") && sentence.contains(said), "{sentence}");
        assert_eq!(data(&place), before);
    }
    assert!(place.refused(1, &["restore", "missing.db"]).contains("missing.db cannot be read"));
    assert!(place.refused(1, &["restore", "data"]).contains("it is not a file"));
    fs::write(place.file("copy.db-wal"), "rows that are only here").unwrap();
    assert!(place.refused(1, &["restore", "copy.db"]).contains("copy.db-wal lies beside the backup"));
    assert_eq!(data(&place), before);
}

/// A row that refers to nothing is damage, too.
#[test]
fn a_backup_with_orphans_replaces_nothing() {
    let place = Place::sqlite();
    place.ok(&ADD);
    place.ok(&["backup", "copy.db"]);
    let before = data(&place);
    let mut conn =
        <diesel::SqliteConnection as diesel::Connection>::establish(place.file("copy.db").to_str().unwrap())
            .unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "PRAGMA foreign_keys = OFF;
         INSERT INTO registration_access_tokens (digest, client_key, issued_at) VALUES (x'00', 4711, 0)",
    )
    .unwrap();
    drop(conn);
    let sentence = place.refused(1, &["restore", "copy.db"]);
    assert!(sentence.contains("references to rows that are not there: 1"), "{sentence}");
    assert_eq!(data(&place), before);
}

/// That the old database is beyond repair is when a backup is needed; its log must not get into the new one.
#[test]
fn a_backup_takes_the_place_of_a_damaged_database() {
    let place = Place::sqlite();
    place.ok(&ADD);
    let then = client_ids(&place);
    place.ok(&["backup", "copy.db"]);
    fs::write(place.file("data/grantor.db"), "nothing that SQLite knows").unwrap();
    fs::write(place.file("data/grantor.db-wal"), "nor this").unwrap();
    place.ok(&["restore", "copy.db"]);
    assert_eq!(client_ids(&place), then);
    let kept = fs::read(place.file("data/grantor.db-before-restore")).unwrap();
    assert_eq!(kept, b"nothing that SQLite knows");
    assert_eq!(fs::read(place.file("data/grantor.db-before-restore-wal")).unwrap(), b"nor this");
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_is_left_to_its_own_tools() {
    if let Some(place) = super::support::postgres::place() {
        assert!(place.refused(1, &["backup", "copy.db"]).contains("pg_dump"));
        assert!(place.refused(1, &["restore", "copy.db"]).contains("pg_restore"));
        assert!(!place.file("copy.db").exists());
    }
}
