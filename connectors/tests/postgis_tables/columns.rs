//! The columns of a Shapefile: their names and their lengths.

use connectors::postgis::reference::Table;

use crate::import::{Folder, complaints};
use crate::server::Database;
use crate::shapefiles::{Set, mapped};

#[tokio::test]
async fn a_name_that_several_columns_have_is_refused_unless_it_is_not_asked_for() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let others: [&[u8]; 3] = [b"OTHER1", b"OTHER2", b"OTHER3"];
    let twice = Set::three().with_column("CODE", b'C', others);
    let complaints = mapped(&pool, &twice, &[]).await.unwrap_err();
    assert!(complaints[0].contains("the column `CODE` of its .dbf is there twice"), "{complaints:?}");
    // Of columns that differ by capitals the file's maker knows which is meant.
    for name in ["Code", "code"] {
        let unclear = Set::three().with_column(name, b'C', others);
        let complaints = mapped(&pool, &unclear, &[]).await.unwrap_err();
        assert_eq!(
            complaints,
            [format!(
                "it has the properties `CODE` and `{name}`, and nothing says which is meant: say --map code=NAME"
            )]
        );
        assert_eq!(
            mapped(&pool, &unclear, &[("code", name)]).await.unwrap().new,
            ["OTHER1", "OTHER2", "OTHER3"]
        );
        assert_eq!(mapped(&pool, &unclear, &[("code", "CODE")]).await.unwrap().new, ["TST1", "TST2", "TST3"]);
    }
    let aside = Set::three().with_column("ID", b'C', others).with_column("X", b'C', others);
    let aside = aside.with_column("X", b'N', [b"1", b"2", b"3"]).with_column("x", b'C', others);
    assert_eq!(mapped(&pool, &aside, &[("code", "ID")]).await.unwrap().new, ["OTHER1", "OTHER2", "OTHER3"]);
}

#[tokio::test]
async fn columns_whose_lengths_do_not_add_up_are_refused_and_long_texts_are_read() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let set = Set::three();
    // The record's length, and that of the first column: offset, and what is added.
    for (at, more) in [(10, 1), (10, 255), (48, 1), (48, 255)] {
        let file = set.write(&folder);
        let mut dbf = set.dbf();
        dbf[at] = dbf[at].wrapping_add(more);
        folder.file("map.dbf", dbf);
        let said = complaints(&pool, Table::Boundaries, &file).await;
        assert!(said.len() == 1 && said[0].contains("nothing says where a value begins"), "{at}: {said:?}");
    }
    let mut long = Set::three();
    long.fields[1].2 = 300;
    long.records[1].1[1] = "Place ".repeat(10).into_bytes();
    let long = long.with_column("AFTER", b'C', [b"a", b"b", b"c"]);
    let imported = mapped(&pool, &long, &[("kind", "AFTER")]).await.unwrap_err();
    assert!(imported[0].starts_with("feature 1 (TST1): `kind` is `a`"), "{imported:?}");
    assert_eq!(mapped(&pool, &long, &[]).await.unwrap().new, ["TST1", "TST2", "TST3"]);
}
