//! [`Dotenv`]: the `.env` at a workspace's root.

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

/// A file of lines `NAME=value`, which may be there or not. It is read, and never put into the environment.
#[derive(Debug)]
pub(crate) struct Dotenv(PathBuf);

/// A longer file is something else, in bytes.
const LONGEST: u64 = 1 << 20;

impl Dotenv {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self(folder.join(".env"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What stands there for `name`; of several, the first.
    ///
    /// # Errors
    /// When the file is there and cannot be read: why, without anything that is in it.
    pub(super) fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        for line in self.lines()? {
            let (found, value) = line.map_err(why)?;
            if found == name {
                return Ok(Some(value.into()));
            }
        }
        Ok(None)
    }

    /// All that is set whose name begins with `prefix`; of several of one name, the first. Other lines may be anything.
    ///
    /// # Errors
    /// When the file is there and cannot be read: why, without anything that is in it.
    pub(crate) fn beginning_with(&self, prefix: &str) -> Result<Vec<(String, String)>, String> {
        let mut found: Vec<(String, String)> = Vec::new();
        for line in self.lines()? {
            match line {
                Ok((name, value)) if name.starts_with(prefix) => {
                    if !found.iter().any(|(known, _)| *known == name) {
                        found.push((name, value));
                    }
                }
                Err(dotenvy::Error::LineParse(line, _)) if !line.contains(prefix) => {}
                Ok(_) => {}
                Err(error) => return Err(why(error)),
            }
        }
        Ok(found)
    }

    fn lines(&self) -> Result<dotenvy::Iter<Cursor<String>>, String> {
        let text = self.text()?;
        // Some editors begin a file with a mark that it is UTF-8.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        Ok(dotenvy::from_read_iter(Cursor::new(text)))
    }

    /// What is in the file, which is nothing where there is none.
    fn text(&self) -> Result<String, String> {
        // Python keeps its environments in folders of that name.
        if self.0.is_dir() {
            return Ok(String::new());
        }
        let mut text = String::new();
        let read =
            File::open(&self.0).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
        match read {
            Ok(_) if text.len() as u64 > LONGEST => {
                Err(format!("it is longer than {LONGEST} bytes"))
            }
            Ok(_) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(text),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Adds a secret. From then on only this user can read the file.
    ///
    /// # Errors
    /// When it cannot be written; it is then as it was.
    pub(super) fn add(&self, name: &str, value: &SecretString) -> io::Result<()> {
        // A link stays one.
        let path = fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone());
        let mut text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{name}={}\n", quoted(value.expose_secret())));
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // Only this user's, as temporary files are.
        let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let written = file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            Ok(file.persist(&path)?)
        });
        text.zeroize();
        written.map(drop)
    }
}

fn why(error: dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, _) => "a line of it is not `NAME=value`".to_owned(),
        error => error.to_string(),
    }
}

/// A value as the file has it: whatever could mean something there stands for itself.
fn quoted(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '"' | '\\' | '$' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_back_and_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = Dotenv::in_folder(folder.path().to_owned());
        assert!(dotenv.get("KEY").unwrap().is_none());
        fs::write(dotenv.path(), "# ours\nOTHER=1").unwrap();
        let values = [
            "plain",
            "$HOME 'and' \"quotes\"",
            "back\\slash",
            "two\nlines",
            "#é =x",
        ];
        for (at, value) in values.iter().enumerate() {
            dotenv.add(&format!("KEY_{at}"), &(*value).into()).unwrap();
        }
        for (at, value) in values.iter().enumerate() {
            let found = dotenv.get(&format!("KEY_{at}")).unwrap().unwrap();
            assert_eq!(found.expose_secret(), *value);
        }
        let text = fs::read_to_string(dotenv.path()).unwrap();
        assert!(
            text.starts_with("# ours\nOTHER=1\nKEY_0=\"plain\"\n"),
            "{text}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_begins_alike_is_found_whatever_else_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = Dotenv::in_folder(folder.path().to_owned());
        assert_eq!(dotenv.beginning_with("ANVIL_"), Ok(Vec::new()));
        let text = "not a line\nexport ANVIL_MODEL='m'\nOTHER=1\nANVIL_MODEL=n\n";
        fs::write(dotenv.path(), text).unwrap();
        let found = vec![("ANVIL_MODEL".to_owned(), "m".to_owned())];
        assert_eq!(dotenv.beginning_with("ANVIL_"), Ok(found));
        fs::write(dotenv.path(), "ANVIL_MODEL hush\n").unwrap();
        let error = dotenv.beginning_with("ANVIL_").unwrap_err();
        assert_eq!(error, "a line of it is not `NAME=value`");
    }

    #[test]
    fn a_file_is_read_whatever_its_lines_end_with_and_whichever_mark_it_begins_with() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = Dotenv::in_folder(folder.path().to_owned());
        let text = "\u{feff}KEY=a-key\r\nANVIL_MODEL=\"m\" # ours\r\n";
        fs::write(dotenv.path(), text).unwrap();
        assert_eq!(dotenv.get("KEY").unwrap().unwrap().expose_secret(), "a-key");
        let found = vec![("ANVIL_MODEL".to_owned(), "m".to_owned())];
        assert_eq!(dotenv.beginning_with("ANVIL_"), Ok(found));
    }

    #[test]
    fn a_folder_of_its_name_is_no_file_and_one_that_is_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = Dotenv::in_folder(folder.path().to_owned());
        fs::create_dir(dotenv.path()).unwrap();
        assert!(dotenv.get("KEY").unwrap().is_none());
        assert_eq!(dotenv.beginning_with("ANVIL_"), Ok(Vec::new()));
        fs::remove_dir(dotenv.path()).unwrap();
        fs::write(dotenv.path(), "#".repeat(LONGEST as usize + 1)).unwrap();
        let refused = Err("it is longer than 1048576 bytes".to_owned());
        assert_eq!(dotenv.beginning_with("ANVIL_"), refused);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_was_added_and_a_link_stays_one() {
        use std::os::unix::fs::{MetadataExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shared"), "").unwrap();
        let dotenv = Dotenv::in_folder(folder.path().to_owned());
        symlink("shared", dotenv.path()).unwrap();
        dotenv.add("KEY", &"value".into()).unwrap();
        assert!(fs::symlink_metadata(dotenv.path()).unwrap().is_symlink());
        assert_eq!(fs::metadata(dotenv.path()).unwrap().mode() & 0o777, 0o600);
        assert_eq!(dotenv.get("KEY").unwrap().unwrap().expose_secret(), "value");
    }
}
