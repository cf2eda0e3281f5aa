//! The database in a file, which nobody else on the machine may read: it holds the users' password hashes.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use dynoxide::{Database, DynoxideError};

use crate::start_error::StartError;

/// How every file of the engine begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What `SQLite` writes beside its file. It gives each of them the mode of the file.
const JOURNALS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Opens or creates the database in a file. A file that is not a database is refused before anything is written to it.
pub(super) fn open(path: &Path) -> Result<Database, StartError> {
    let refuse = |what: &str| {
        let path = path.display();
        StartError(format!(
            "{path} {what}: give --file another file, or leave it out to keep everything in memory"
        ))
    };
    if path.is_dir() {
        return Err(refuse("is a directory"));
    }
    match is_database_or_new(path) {
        Ok(true) => {}
        Ok(false) => return Err(refuse("is not a database of this program")),
        Err(error) => return Err(refuse(&format!("can't be read ({error})"))),
    }
    let create = create_private(path);
    create.map_err(|error| refuse(&format!("can't be used ({error})")))?;
    let hide = make_private(path);
    hide.map_err(|error| refuse(&format!("can't be hidden from other users ({error})")))?;
    // A relative name with a folder before it is never a URI or a special name of SQLite's.
    let place = if path.is_relative() {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    let place = place
        .to_str()
        .ok_or_else(|| refuse("is not a name in UTF-8"))?;
    let unusable = |error| match error {
        DynoxideError::SqliteError(error) => refuse(&format!("can't be used ({error})")),
        _ => refuse("is damaged, or made by a newer version"),
    };
    let database = Database::new(place).map_err(unusable)?;
    database.database_info().map_err(unusable)?;
    Ok(database)
}

/// Whether the file begins as a database does, or is empty or not there yet.
fn is_database_or_new(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start.is_empty() || start == MAGIC)
}

/// Makes the file if it is missing, with its mode from its first moment on.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Takes the rights of others away from a file that is there already, and from the journals beside it. `SQLite` names them
/// after the file that a link leads to.
fn make_private(path: &Path) -> io::Result<()> {
    let file = path.canonicalize()?;
    narrow(&file)?;
    for journal in JOURNALS {
        let mut name = OsString::from(&file);
        name.push(journal);
        match narrow(&PathBuf::from(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn narrow(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let file = File::open(path)?;
    let mut permissions = file.metadata()?.permissions();
    let mode = permissions.mode();
    let private = mode & !0o077;
    if mode == private {
        return Ok(());
    }
    permissions.set_mode(private);
    file.set_permissions(permissions)
}

/// Elsewhere a file has the rights of its folder.
#[cfg(not(unix))]
fn narrow(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn the_file_is_private_before_anything_is_in_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("private-{}.db", std::process::id()));
        create_private(&path).unwrap();
        let found = fs::metadata(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(
            (found.permissions().mode() & 0o777, found.len()),
            (0o600, 0)
        );
    }
}
