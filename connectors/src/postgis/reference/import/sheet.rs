//! Sheets: CSV as spreadsheets write it, with the header understood and the lines counted as an editor does.

use ::csv::{Reader, ReaderBuilder, StringRecord, Trim};

use super::encoding;

/// What may separate cells; South African spreadsheets use semicolons.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// A header and the rows after it.
pub(super) struct Sheet<'a> {
    /// The text after a line that says what separates cells.
    body: &'a str,
    reader: Reader<&'a [u8]>,
    /// The names of the columns; one without a name is empty.
    pub header: Vec<String>,
    /// How many bytes of the body are counted, and the line after them.
    counted: usize,
    line: usize,
}

/// A row that is not blank.
#[derive(Debug)]
pub(super) struct SheetRow {
    /// The line that it begins in, from 1.
    pub line: usize,
    /// Its cells, without spaces around, or what is wrong with it.
    pub cells: Result<StringRecord, String>,
}

impl<'a> Sheet<'a> {
    /// Reads the header. A name that is one of `known` but for capitals, spaces and signs becomes that one.
    pub fn new(bytes: &'a [u8], known: &[&str]) -> Result<Self, String> {
        let text = encoding::utf8(bytes)?;
        let (stated, body) = stated_delimiter(text);
        let delimiter = stated.unwrap_or_else(|| likely_delimiter(body, known));
        let mut sheet = Self {
            body,
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .trim(Trim::All)
                .delimiter(u8::try_from(delimiter).unwrap_or(b','))
                .from_reader(body.as_bytes()),
            header: Vec::new(),
            counted: 0,
            line: 1 + encoding::line_breaks(text.get(..text.len() - body.len()).unwrap_or_default()),
        };
        let Some(header) = sheet.next_row() else {
            return Err("it is empty: there is nothing to import".to_owned());
        };
        sheet.header = header.cells?.iter().map(|name| alike(name, known)).collect();
        while sheet.header.last().is_some_and(String::is_empty) {
            sheet.header.pop();
        }
        Ok(sheet)
    }

    /// The next row; rows without anything in them are passed over.
    pub fn next_row(&mut self) -> Option<SheetRow> {
        loop {
            let mut record = StringRecord::new();
            let read = self.reader.position().byte();
            match self.reader.read_record(&mut record) {
                Ok(false) => return None,
                Ok(true) if record.iter().all(str::is_empty) => {}
                Ok(true) => return Some(SheetRow { line: self.line_after(read), cells: self.fit(record) }),
                Err(error) => {
                    return Some(SheetRow { line: self.line_after(read), cells: Err(error.to_string()) });
                }
            }
        }
    }

    /// The row without cells that no column has; they must be blank.
    fn fit(&self, mut record: StringRecord) -> Result<StringRecord, String> {
        let width = self.header.len();
        // The header itself is read before there is one.
        if width == 0 {
            return Ok(record);
        }
        let length = record.len() - record.iter().rev().take_while(|cell| cell.is_empty()).count();
        if record.len() < width || length > width {
            let cells = length.max(record.len().min(width));
            return Err(format!(
                "it has {cells} cells and the header {width}: put a cell that holds a comma in quotes"
            ));
        }
        let unnamed =
            self.header.iter().zip(&record).position(|(name, cell)| name.is_empty() && !cell.is_empty());
        if let Some(index) = unnamed {
            return Err(format!(
                "its cell {} is in a column without a name: name the column, or empty it",
                index + 1
            ));
        }
        record.truncate(width);
        Ok(record)
    }

    /// The line of the row that begins after `read` bytes, the rest of the line break before it and empty
    /// lines.
    fn line_after(&mut self, read: u64) -> usize {
        let read = usize::try_from(read).unwrap_or(usize::MAX);
        let breaks = self.body.get(read..).unwrap_or_default();
        let begins = read + breaks.len() - breaks.trim_start_matches(['\r', '\n']).len();
        self.line += encoding::line_breaks(self.body.get(self.counted..begins).unwrap_or_default());
        self.counted = begins;
        self.line
    }
}

/// Spreadsheets say in a first line `sep=;` what separates cells. The rest is what comes after it.
fn stated_delimiter(text: &str) -> (Option<char>, &str) {
    let (first, rest) = text.split_at(text.find(['\r', '\n']).unwrap_or(text.len()));
    let line = first.trim_matches(['"', ' ']);
    let stated =
        line.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")).and_then(|_| line.chars().nth(4));
    match stated.filter(char::is_ascii) {
        Some(delimiter) => (
            Some(delimiter),
            rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest),
        ),
        None => (None, text),
    }
}

/// The separator with which the first line that is not blank has most of the names.
fn likely_delimiter(body: &str, known: &[&str]) -> char {
    let is_sign = |c: char| c.is_whitespace() || DELIMITERS.contains(&c);
    let first = body.split(['\r', '\n']).find(|line| !line.chars().all(is_sign)).unwrap_or_default();
    let is_known = |name: &&str| known.contains(&alike(name.trim_matches('"'), known).as_str());
    let names = |delimiter: char| first.split(delimiter).filter(is_known).count();
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| names(*delimiter)).unwrap_or(',')
}

/// The known name that this one is but for capitals, spaces and signs; otherwise the name itself.
fn alike(name: &str, known: &[&str]) -> String {
    let letters = |name: &str| {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let bare = letters(name);
    let found = known.iter().find(|known| !bare.is_empty() && letters(known) == bare);
    found.map_or_else(|| name.trim().to_owned(), |known| (*known).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        let mut sheet = Sheet::new(text.as_bytes(), &["login", "is_active"]).unwrap();
        let rows = std::iter::from_fn(move || sheet.next_row());
        rows.map(|row| (row.line, row.cells.unwrap().iter().map(str::to_owned).collect())).collect()
    }

    #[test]
    fn a_row_has_the_line_that_an_editor_shows() {
        let lf = "login,is_active\n\na,\"x\ny\"\n,\n\nb,\nc,\n";
        let expected = [(3, "a"), (7, "b"), (8, "c")];
        for text in [lf.to_owned(), lf.replace('\n', "\r\n"), lf.replace('\n', "\r"), format!("\u{feff}{lf}")]
        {
            let found = rows(&text);
            let found: Vec<_> = found.iter().map(|(line, cells)| (*line, cells[0].as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        assert_eq!(rows("\r\n\r\nlogin;is_active\r\na;\r\n")[0].0, 4);
        assert_eq!(rows("sep=;\r\nlogin;is_active\r\na;\r\n")[0].0, 3);
        assert_eq!(rows("sep=;\nlogin;is_active\n\na;\n")[0].0, 4);
    }

    #[test]
    fn separators_and_names_are_understood_as_spreadsheets_write_them() {
        for text in [
            "login,is_active\na,b\n",
            "login;is_active\na;b\n",
            "login\tis_active\na\tb\n",
            "sep=|\nlogin|is_active\na|b\n",
            "\u{feff}SEP=;\r\nLogin;Is active\r\na;b\r\n",
            "\"Login\" ; IS-ACTIVE ;;\na;b;;\n;;;\n",
            " , \n LOGIN , isActive,,\n,,,\na,b\n",
        ] {
            let found: Vec<_> = rows(text).into_iter().map(|(_, cells)| cells).collect();
            assert_eq!(found, [["a", "b"]], "{text:?}");
        }
    }

    #[test]
    fn a_cell_without_a_column_is_refused_unless_it_is_blank() {
        let flaw = |text: &str| {
            let mut sheet = Sheet::new(text.as_bytes(), &["login", "is_active"]).unwrap();
            sheet.next_row().unwrap().cells.unwrap_err()
        };
        assert!(flaw("login,is_active,\na,b,c\n").starts_with("it has 3 cells and the header 2"));
        assert!(flaw("login,is_active\na\n").starts_with("it has 1 cells and the header 2"));
        assert!(flaw("login,,is_active\na,x,b\n").starts_with("its cell 2 is in a column without a name"));
    }
}
