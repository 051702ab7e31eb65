//! Shapefiles as other tools leave them: edited, cut off, in other encodings, with odd cells.

use std::collections::BTreeMap;

use connectors::postgis::reference::{Import, Imported, Table};
use sqlx::postgres::PgPool;

use crate::import::{Folder, complaints, import, run};
use crate::server::Database;

const WGS84: &str = concat!(
    r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],"#,
    r#"PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#
);

/// The files of a Shapefile, byte by byte: what a library would not write.
#[derive(Clone)]
pub struct Set {
    /// Name, kind and length of each column.
    pub fields: Vec<(&'static str, u8, u16)>,
    /// The mark before each record, and its cells.
    pub records: Vec<(u8, Vec<Vec<u8>>)>,
    /// The number that each shape says it has, and its rings; without rings it is a null shape.
    shapes: Vec<(i32, Vec<Vec<[f64; 2]>>)>,
    language: u8,
}

/// A square whose corner in the south-west is at `x`, -26.1, clockwise.
fn ring(x: f64) -> Vec<[f64; 2]> {
    vec![[x, -26.1], [x, -26.0], [x + 0.1, -26.0], [x + 0.1, -26.1], [x, -26.1]]
}

impl Set {
    /// Three municipalities side by side.
    pub fn three() -> Self {
        let record =
            |n: usize| (b' ', vec![format!("TST{n}").into_bytes(), format!("Place {n}").into_bytes()]);
        Self {
            fields: vec![("CODE", b'C', 10), ("NAME", b'C', 20)],
            records: (1..=3).map(record).collect(),
            shapes: (1..=3).map(|n| (n, vec![ring(28.0 + 0.2 * f64::from(n - 1))])).collect(),
            language: 0x57,
        }
    }

    fn named(name: &[u8], language: u8) -> Self {
        let mut set = Self { language, ..Self::three() };
        set.records[1].1[1] = name.to_vec();
        set
    }

    pub fn with_column(mut self, name: &'static str, kind: u8, cells: [&[u8]; 3]) -> Self {
        self.fields.push((name, kind, u16::try_from(cells[0].len()).unwrap()));
        for ((_, record), cell) in self.records.iter_mut().zip(cells) {
            record.push(cell.to_vec());
        }
        self
    }

    pub fn dbf(&self) -> Vec<u8> {
        let header = u16::try_from(33 + 32 * self.fields.len()).unwrap();
        let length = 1 + self.fields.iter().map(|(.., length)| *length).sum::<u16>();
        let mut bytes = vec![3, 126, 1, 1];
        bytes.extend(u32::try_from(self.records.len()).unwrap().to_le_bytes());
        bytes.extend(header.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.resize(32, 0);
        bytes[29] = self.language;
        for (name, kind, length) in &self.fields {
            let mut field = [0; 32];
            field[..name.len()].copy_from_slice(name.as_bytes());
            field[11] = *kind;
            field[16..18].copy_from_slice(&length.to_le_bytes());
            bytes.extend(field);
        }
        bytes.push(b'\r');
        for (mark, cells) in &self.records {
            bytes.push(*mark);
            for (cell, (.., length)) in cells.iter().zip(&self.fields) {
                let mut cell = cell.clone();
                cell.resize(usize::from(*length), b' ');
                bytes.extend(cell);
            }
        }
        bytes.push(0x1A);
        bytes
    }

    /// The bytes of the files `.shp` and `.shx`.
    fn shp(&self) -> (Vec<u8>, Vec<u8>) {
        let mut shapes = Vec::new();
        let mut index = Vec::new();
        for (number, rings) in &self.shapes {
            let content = content(rings);
            let words = i32::try_from(content.len() / 2).unwrap();
            index.extend(i32::try_from((100 + shapes.len()) / 2).unwrap().to_be_bytes());
            index.extend(words.to_be_bytes());
            shapes.extend(number.to_be_bytes());
            shapes.extend(words.to_be_bytes());
            shapes.extend(content);
        }
        (headed(shapes), headed(index))
    }

    pub fn write(&self, folder: &Folder) -> std::path::PathBuf {
        let (shp, shx) = self.shp();
        folder.file("map.shx", shx);
        folder.file("map.dbf", self.dbf());
        folder.file("map.prj", WGS84);
        folder.file("map.shp", shp)
    }
}

fn content(rings: &[Vec<[f64; 2]>]) -> Vec<u8> {
    if rings.is_empty() {
        return vec![0; 4];
    }
    let mut bytes = 5_i32.to_le_bytes().to_vec();
    bytes.extend([0; 32]);
    bytes.extend(i32::try_from(rings.len()).unwrap().to_le_bytes());
    bytes.extend(i32::try_from(rings.iter().map(Vec::len).sum::<usize>()).unwrap().to_le_bytes());
    let mut start = 0;
    for ring in rings {
        bytes.extend(i32::try_from(start).unwrap().to_le_bytes());
        start += ring.len();
    }
    bytes.extend(rings.iter().flatten().flatten().flat_map(|number| number.to_le_bytes()));
    bytes
}

fn headed(body: Vec<u8>) -> Vec<u8> {
    let mut bytes = 9994_i32.to_be_bytes().to_vec();
    bytes.resize(24, 0);
    bytes.extend(i32::try_from((100 + body.len()) / 2).unwrap().to_be_bytes());
    bytes.extend(1000_i32.to_le_bytes());
    bytes.extend(5_i32.to_le_bytes());
    bytes.resize(100, 0);
    bytes.extend(body);
    bytes
}

/// The codes in the table, each with its western end in tenths of a degree.
async fn places(pool: &PgPool) -> Vec<(String, i64)> {
    sqlx::query_as("select code, round(st_xmin(boundary) * 10)::bigint from municipalities order by code")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_shape_keeps_its_record_when_another_was_deleted() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    for (deleted, left) in [
        (0, [("TST2", 282), ("TST3", 284)]),
        (1, [("TST1", 280), ("TST3", 284)]),
        (2, [("TST1", 280), ("TST2", 282)]),
    ] {
        sqlx::query("delete from municipalities").execute(&pool).await.unwrap();
        let mut set = Set::three();
        set.records[deleted].0 = b'*';
        let imported = run(&pool, Table::Boundaries, &set.write(&folder)).await;
        assert_eq!(imported.new, left.map(|(code, _)| code));
        assert!(
            imported.remarks.concat().contains(&format!("deleted: feature {}", deleted + 1)),
            "{imported:?}"
        );
        let left = left.map(|(code, west)| (code.to_owned(), west));
        assert_eq!(places(&pool).await, left);
    }
    // What is wrong is named by the number that the file has for it.
    let mut set = Set::three();
    set.records[0].0 = b'*';
    set.shapes[2].1 = Vec::new();
    let complaints = complaints(&pool, Table::Boundaries, &set.write(&folder)).await;
    assert_eq!(complaints, ["feature 3 (TST3): `boundary`: it has no shape: it must be a polygon"]);
}

#[tokio::test]
async fn files_of_a_set_that_disagree_are_refused() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let set = Set::three();
    let mut fewer = set.clone();
    fewer.shapes.pop();
    fewer.records.pop();
    let mut reordered = set.clone();
    reordered.shapes.swap(0, 1);
    let mut longer = set.clone();
    longer.shapes[0].1.push(ring(29.0));
    let (shp, shx) = set.shp();
    let (fewer_shp, fewer_shx) = fewer.shp();
    let longer_shx = longer.shp().1;
    let mut miscounted = set.dbf();
    miscounted[4] = 2;
    let mut overcounted = set.dbf();
    overcounted[4] = 4;
    let cut_off = |bytes: &[u8]| bytes[..bytes.len() - 20].to_vec();
    for (ending, bytes, said) in [
        ("dbf", fewer.dbf(), "its .shp has 3 shapes and its .dbf 2 records"),
        ("dbf", miscounted, "says that it has 2 records and has 3"),
        ("dbf", overcounted, "says that it has 4 records and has 3"),
        ("dbf", cut_off(&set.dbf()), "says that it has 3 records and has 2"),
        ("dbf", b"nonsense".to_vec(), "its .dbf cannot be read"),
        ("shx", fewer_shx, "its .shp has 3 shapes and its .shx 2"),
        ("shx", longer_shx, "its .shx says that shape 1 lies where"),
        ("shx", cut_off(&shx), "its .shx has 104 bytes and says that it has 124"),
        ("shx", Vec::new(), "its .shx cannot be read"),
        ("shp", fewer_shp, "its .shp has 2 shapes and its .shx 3"),
        ("shp", reordered.shp().0, "its .shx says that shape 1 lies where"),
        ("shp", cut_off(&shp), "it was cut off"),
        ("prj", Vec::new(), "must be WGS84"),
    ] {
        let file = set.write(&folder);
        folder.file(&format!("map.{ending}"), bytes);
        let complaints = complaints(&pool, Table::Boundaries, &file).await;
        assert!(
            complaints.len() == 1 && complaints[0].contains(said),
            "{ending}: {complaints:?}, not {said}"
        );
    }
    for ending in ["dbf", "shx", "prj"] {
        let file = set.write(&folder);
        std::fs::remove_file(folder.0.join(format!("map.{ending}"))).unwrap();
        let complaints = complaints(&pool, Table::Boundaries, &file).await;
        assert!(complaints[0].contains(&format!("its .{ending} is missing")), "{complaints:?}");
    }
    assert_eq!(places(&pool).await, []);
}

#[tokio::test]
async fn endings_in_capitals_and_shapes_of_several_parts_come_in() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let mut set = Set::three();
    set.shapes[1].1.push(ring(29.0));
    set.write(&folder);
    for ending in ["shp", "shx", "dbf", "prj"] {
        let name = |ending: &str| folder.0.join(format!("map.{ending}"));
        std::fs::rename(name(ending), name(&ending.to_uppercase())).unwrap();
    }
    folder.file("map.CPG", "UTF-8");
    let imported = run(&pool, Table::Boundaries, &folder.0.join("map.SHP")).await;
    assert_eq!(imported.new, ["TST1", "TST2", "TST3"]);
    assert_eq!(
        database
            .count("select st_numgeometries(boundary)::bigint from municipalities where code = 'TST2'")
            .await,
        2
    );
}

#[tokio::test]
async fn a_name_is_read_in_its_encoding_or_refused_and_never_garbled() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let ansi = b"Kh\xe2i-Ma".as_slice();
    let utf8 = "Khâi-Ma".as_bytes();
    for (name, language, page) in [
        (ansi, 0x57, None),
        (ansi, 0x03, None),
        (ansi, 0x57, Some("1252")),
        (ansi, 0x00, Some("ISO-8859-1")),
        (ansi, 0x00, Some("ANSI 1252")),
        (utf8, 0x57, Some("UTF-8")),
        (utf8, 0x00, Some("\u{feff}UTF-8\r\n")),
        (utf8, 0x57, None),
        (utf8, 0x00, None),
    ] {
        let folder = Folder::new();
        let file = Set::named(name, language).write(&folder);
        page.map(|page| folder.file("map.cpg", page));
        run(&pool, Table::Boundaries, &file).await;
        let count = "select count(*) from municipalities where code = 'TST2' and name = 'Khâi-Ma'";
        assert_eq!(database.count(count).await, 1, "{language:#x} {page:?}");
        sqlx::query("delete from municipalities").execute(&pool).await.unwrap();
    }
    for (name, language, page) in [
        (ansi, 0x57, Some("UTF-8")),
        (utf8, 0x57, Some("1252")),
        (utf8, 0x57, Some("ISO-8859-1")),
        (ansi, 0x00, None),
        (ansi, 0x01, None),
        (ansi, 0x57, Some("850")),
        (ansi, 0x57, Some("1251")),
    ] {
        let folder = Folder::new();
        let file = Set::named(name, language).write(&folder);
        page.map(|page| folder.file("map.cpg", page));
        let complaints = complaints(&pool, Table::Boundaries, &file).await;
        assert!(
            complaints.len() == 1 && complaints[0].starts_with("feature 2 (TST2): `"),
            "{language:#x} {page:?}: {complaints:?}"
        );
        assert!(complaints[0].contains("NAME") || complaints[0].contains("`name`"), "{complaints:?}");
    }
    // What was garbled before it came into the file is refused, and so is what is no name.
    for name in
        ["KhÃ¢i-Ma", "Kh?i-Ma", "Kh‰i-Ma", "Khƒi-Ma", "Kh&acirc;i-Ma", "#REF!", "<Null>", "---", "\u{2060}"]
    {
        let folder = Folder::new();
        let file = Set::named(name.as_bytes(), 0x57).write(&folder);
        folder.file("map.cpg", "UTF-8");
        let said = complaints(&pool, Table::Boundaries, &file).await;
        assert!(said.len() == 1 && said[0].starts_with("feature 2 (TST2): `name` is `"), "{name}: {said:?}");
    }
    // What may be right is named.
    let folder = Folder::new();
    let file = Set::named("KhÔi-Ma".as_bytes(), 0x57).write(&folder);
    let dry = Import { dry_run: true, ..import(Table::Boundaries, &file) };
    let remarks = dry.run(&pool).await.unwrap().remarks;
    assert!(remarks.len() == 1 && remarks[0].starts_with("feature 2 (TST2): `name` "), "{remarks:?}");
    // A column that is not asked for may be in any encoding.
    let folder = Folder::new();
    let other =
        Set { language: 0, ..Set::three() }.with_column("PROVINCE", b'C', [ansi, utf8, b"\xff\xfe    "]);
    assert_eq!(run(&pool, Table::Boundaries, &other.write(&folder)).await.new.len(), 3);
}

#[tokio::test]
async fn what_stands_in_a_column_that_is_not_asked_for_stops_nothing() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let set = Set::three()
        .with_column("PROCLAIMED", b'D', [b"00000000", b"20260230", b"        "])
        .with_column("PEOPLE", b'N', [b"********", b"     NaN", b"  1e9999"])
        .with_column("ISCITY", b'L', [b"?", b" ", b"x"])
        .with_column("STAMP", b'@', [b"\xff\xff\xff\xff\xff\xff\xff\xff", b"00000000", b"        "])
        .with_column("MEMO", b'M', [b"         7", b"          ", b"\0\0\0\0\0\0\0\0\0\0"])
        .with_column("SHAPE_Area", b'F', [b"-1.#IND", b"1,5    ", b"abc    "]);
    let imported = run(&pool, Table::Boundaries, &set.write(&folder)).await;
    assert_eq!(imported.new, ["TST1", "TST2", "TST3"]);
}

/// What a dry run of an import with these names of properties says.
pub async fn mapped(pool: &PgPool, set: &Set, pairs: &[(&str, &str)]) -> Result<Imported, Vec<String>> {
    let folder = Folder::new();
    let names: BTreeMap<String, String> =
        pairs.iter().map(|(column, name)| ((*column).to_owned(), (*name).to_owned())).collect();
    let import = Import { names, dry_run: true, ..import(Table::Boundaries, &set.write(&folder)) };
    import.run(pool).await.map_err(|error| error.to_string().lines().skip(1).map(str::to_owned).collect())
}

#[tokio::test]
async fn an_odd_cell_that_is_asked_for_is_named_with_row_and_column() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    for (kind, cells, flaws) in [
        (
            b'N',
            [b"79900001".as_slice(), b"********", b"     NaN"],
            ["is `********`, a number that did not fit", "is `NaN`, which is not a number"],
        ),
        (
            b'D',
            [b"20110518", b"00000000", b"2011518 "],
            ["is `00000000`, which is not a date", "is `2011518`, which is not a date"],
        ),
        (b'@', [b"x", b"x", b"x"], ["is of the dBASE type `@`", "is of the dBASE type `@`"]),
    ] {
        let set = Set::three().with_column("ID", kind, cells);
        let complaints = mapped(&pool, &set, &[("code", "ID")]).await.unwrap_err();
        let complaints: Vec<_> =
            complaints.iter().filter(|complaint| !complaint.starts_with("feature 1")).collect();
        for (complaint, (number, flaw)) in complaints.iter().zip([2, 3].into_iter().zip(flaws)) {
            assert!(complaint.starts_with(&format!("feature {number}: `ID` {flaw}")), "{complaint}");
        }
        assert_eq!(complaints.len(), 2, "{complaints:?}");
    }
    let set = Set::three().with_column("ACTIVE", b'L', [b"T", b"?", b" "]);
    let complaints = mapped(&pool, &set, &[("onboarded", "ACTIVE")]).await.unwrap_err();
    assert_eq!(
        complaints,
        ["feature 2 (TST2): `ACTIVE` is `?`: write T or F, or leave the whole column out"]
    );
    let set = Set::three().with_column("ID", b'N', [b"  79900001.00", b"     79900002", b" 7.9900003e+7"]);
    assert_eq!(
        mapped(&pool, &set, &[("code", "ID")]).await.unwrap().new,
        ["79900001", "79900002", "79900003"]
    );
    let complaints = mapped(&pool, &Set::three(), &[("kind", "TYPE")]).await.unwrap_err();
    assert_eq!(
        complaints,
        ["no feature has the property `TYPE`; name the right one with --map kind=NAME: they have CODE, NAME"]
    );
}
