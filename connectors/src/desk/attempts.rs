//! Attempts to sign in: how many may fail before further ones have to wait.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::DeskError;
use super::accounts::Accounts;

/// How many failed attempts of an account are allowed in [`WINDOW`].
const FAILURES_OF_ACCOUNT: i64 = 8;
/// How many failed attempts from an address are allowed in [`WINDOW`]. An office may share one.
const FAILURES_OF_ADDRESS: i64 = 40;
/// The time in which failed attempts count.
const WINDOW: &str = "15 minutes";
/// The class of the advisory locks with which attempts wait for each other: `desk` in ASCII.
const LOCKS: i32 = 0x6465_736B;

const fn failed() -> impl FnOnce(sqlx::Error) -> DeskError {
    |error| DeskError::Database { login: "desk_accounts", error }
}

/// An attempt that may be made, by its number in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt(i64);

/// Reserves an attempt for this account from this address, before the password is compared; `None` if there
/// were too many. It counts as failed until [`succeeded`] says otherwise. Attempts for one account, or from
/// one address, wait for each other here, so that of many at the same time no more than the limit pass.
pub async fn reserve(
    accounts: &Accounts,
    login: &str,
    address: IpAddr,
) -> Result<Option<Attempt>, DeskError> {
    let account = hash(login);
    let mut locks = [lock_of(&account), lock_of(address.to_string().as_bytes())];
    // In one order, so that two attempts do not wait for each other for ever.
    locks.sort_unstable();
    let mut transaction = accounts.pool().begin().await.map_err(failed())?;
    for lock in locks {
        sqlx::query("select pg_advisory_xact_lock($1, $2)")
            .bind(LOCKS)
            .bind(lock)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
    }
    let reserve = format!(
        "insert into desk.sign_ins (account, address, succeeded)
         select $1, $2::inet, false
           from (select count(*) filter (where account = $1) as of_account,
                        count(*) filter (where address = $2::inet) as of_address
                   from desk.sign_ins
                  where (account = $1 or address = $2::inet) and not succeeded
                    and at > now() - interval '{WINDOW}') failures
          where of_account < {FAILURES_OF_ACCOUNT} and of_address < {FAILURES_OF_ADDRESS}
         returning id"
    );
    let reserved: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(reserve))
        .bind(&account)
        .bind(address.to_string())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
    transaction.commit().await.map_err(failed())?;
    sqlx::query("delete from desk.sign_ins where at < now() - interval '1 day'")
        .execute(accounts.pool())
        .await
        .map_err(failed())?;
    Ok(reserved.map(Attempt))
}

/// The password fits: neither the attempt nor the failures of the account before it count any more.
pub async fn succeeded(
    accounts: &Accounts,
    login: &str,
    address: IpAddr,
    Attempt(number): Attempt,
) -> Result<(), DeskError> {
    sqlx::query(
        "with cleared as (delete from desk.sign_ins where account = $1 and id <= $3 and not succeeded)
         insert into desk.sign_ins (account, address, succeeded) values ($1, $2::inet, true)",
    )
    .bind(hash(login))
    .bind(address.to_string())
    .bind(number)
    .execute(accounts.pool())
    .await
    .map_err(failed())?;
    Ok(())
}

fn hash(login: &str) -> Vec<u8> {
    Sha256::digest(login.as_bytes()).to_vec()
}

/// The number of the advisory lock for this text. Two texts with the same number only wait for each other.
fn lock_of(text: &[u8]) -> i32 {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
    i32::from_be_bytes([a, b, c, d])
}
