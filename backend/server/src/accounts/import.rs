//! `glasspost account import`: creates the accounts of a CSV file.

use super::{add_prepared, salt};
use crate::cli::{StoreArgs, print_line, with_store};
use mail::{Address, Secret};
use std::num::NonZeroUsize;
use std::path::Path;
use store::{AccountError, NewAccount, PasswordCost, PreparedAccount, Store};

/// After how many accounts an import says how far it is.
const IMPORT_REPORT_EVERY: usize = 100;

/// Creates the accounts of a CSV file, in its order.
///
/// # Errors
/// A message for the user: the line of a fault, or the accounts that could not be created.
pub(super) fn import(file: &Path, args: &StoreArgs) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    // The whole file is checked before the first account is created.
    let rows = read_list(&text).map_err(|e| format!("{}:{e}", file.display()))?;
    let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let import = async |store: Store| Ok(create_all(&store, rows, workers).await);
    let Imported { created, failed } = with_store(args, import)?;
    print_line(&format!(
        "{created} {} created",
        if created == 1 { "account" } else { "accounts" }
    ));
    if failed.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = failed
        .iter()
        .map(|(line, why)| format!("{}:{line}: {why}", file.display()))
        .collect();
    Err(lines.join("\nglasspost: "))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Imported {
    created: usize,
    /// With the line and the reason.
    failed: Vec<(usize, String)>,
}

// Passwords are hashed by as many threads as there are workers; accounts are created one after the
// other, so that their numbers have the order of the file.
async fn create_all(store: &Store, rows: Vec<Row>, workers: usize) -> Imported {
    let (mut imported, total) = (Imported::default(), rows.len());
    let mut rows = rows.into_iter();
    let mut index = 0;
    loop {
        let some: Vec<Row> = rows.by_ref().take(workers).collect();
        if some.is_empty() {
            return imported;
        }
        for (line, prepared) in prepare(some, store.password_cost()) {
            if let Some(progress) = import_progress(index, total) {
                print_line(&progress);
            }
            index += 1;
            let created = match prepared {
                Ok(account) => add_prepared(store, account).await,
                Err(error) => Err(error.to_string()),
            };
            match created {
                Ok(()) => imported.created += 1,
                Err(why) => imported.failed.push((line, why)),
            }
        }
    }
}

// Hashes the passwords of the rows, each in a thread of its own.
fn prepare(
    rows: Vec<Row>,
    cost: PasswordCost,
) -> Vec<(usize, Result<PreparedAccount, AccountError>)> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = rows
            .into_iter()
            .map(|(line, address, password, name)| {
                let new = NewAccount {
                    address,
                    name,
                    password,
                };
                scope.spawn(move || (line, PreparedAccount::new(new, salt(), cost)))
            })
            .collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results
            .map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

// What an import says before it creates the account of this index.
fn import_progress(index: usize, total: usize) -> Option<String> {
    let says = index > 0 && index.is_multiple_of(IMPORT_REPORT_EVERY);
    says.then(|| format!("{index} of {total}"))
}

type Row = (usize, Address, Secret, String);

// RFC 4180, but without line breaks inside a field. A first line `address,password,name` is a
// header.
fn read_list(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields = split_csv(line).ok_or_else(|| format!("{}: unclosed quote", index + 1))?;
        if line.trim().is_empty()
            || (index == 0 && fields[0].trim().eq_ignore_ascii_case("address"))
        {
            continue;
        }
        let fault = |why: &str| format!("{}: {why}", index + 1);
        let address = fields[0]
            .trim()
            .parse::<Address>()
            .map_err(|e| fault(&e.to_string()))?;
        let password = fields
            .get(1)
            .filter(|p| !p.is_empty())
            .ok_or_else(|| fault("missing password"))?;
        let name = fields
            .get(2)
            .map(|n| n.trim().to_owned())
            .unwrap_or_default();
        rows.push((index + 1, address, Secret::new(password.as_str()), name));
    }
    Ok(rows)
}

fn split_csv(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accounts_are_numbered_in_the_order_of_the_file() {
        let text: String = (0..23)
            .map(|i| match i {
                5 => "a3@x.test,again\n".to_owned(),
                i => format!("a{i}@x.test,p{i}\n"),
            })
            .collect();
        for workers in [1, 4, 100] {
            let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
            let imported = create_all(&store, read_list(&text).unwrap(), workers).await;
            assert_eq!(imported.created, 22);
            assert_eq!(imported.failed.len(), 1);
            assert_eq!(imported.failed[0].0, 6, "the line of the second a3");
            let mut last = 0;
            for i in (0..23).filter(|i| *i != 5) {
                let address: Address = format!("a{i}@x.test").parse().unwrap();
                let account = store.account_of(&address).await.unwrap().unwrap();
                assert!(account.id.0 > last, "a{i}");
                last = account.id.0;
                let password = Secret::new(format!("p{i}").as_str());
                assert!(account.password.unwrap().fits(&password), "a{i}");
            }
        }
    }

    #[test]
    fn an_import_says_how_far_it_is_after_each_hundred() {
        let lines: Vec<String> = (0..250).filter_map(|i| import_progress(i, 250)).collect();
        assert_eq!(lines, ["100 of 250", "200 of 250"]);
        assert_eq!((0..100).find_map(|i| import_progress(i, 100)), None);
    }

    #[test]
    fn reads_a_list_with_header_quotes_and_chinese_names() {
        let rows = read_list(
            "\u{feff}address,password,name\r\na@x.test,\"p,\"\"1\",王小明\r\n\r\nb@x.test,p2\r\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].0, rows[0].2.reveal(), rows[0].3.as_str()),
            (2, b"p,\"1".as_slice(), "王小明")
        );
        assert_eq!(
            (rows[1].1.to_string(), rows[1].3.as_str()),
            ("b@x.test".into(), "")
        );
    }

    #[test]
    fn reports_the_line_of_an_error() {
        for (text, message) in [
            (
                "a@x.test,p\nnobody,p",
                "2: an address needs an @ with a domain behind it",
            ),
            ("a@x.test", "1: missing password"),
            ("a@x.test,\"p", "1: unclosed quote"),
        ] {
            assert_eq!(read_list(text).err().as_deref(), Some(message));
        }
    }
}
