//! Teams, staff and the figures of the board as JSON.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Problem;
use super::program::{ApiScope, Program};
use crate::desk::board::{Asked, Cell, figures};

/// A member of staff.
#[derive(Serialize, ToSchema)]
pub struct StaffJson {
    login: String,
    name: String,
}

/// A table of the board.
#[derive(Serialize, ToSchema)]
pub struct FigureJson {
    /// The name, as in the addresses of the board's CSV.
    name: String,
    title: String,
    /// What the numbers count, where the title does not say it.
    note: String,
    /// The names of the columns, that of the rows first.
    columns: Vec<String>,
    rows: Vec<FigureRow>,
}

/// A row of a table.
#[derive(Serialize, ToSchema)]
pub struct FigureRow {
    label: String,
    /// Counts, shares in percent, and times in hours; null where nothing is decided yet.
    #[schema(value_type = Vec<Option<f64>>)]
    values: Vec<Value>,
}

/// The active staff of the municipality.
#[utoipa::path(get, path = "/staff", responses((status = 200, body = [StaffJson]), (status = "4XX", body = Problem)))]
pub async fn staff(program: Program) -> Result<Json<Vec<StaffJson>>, Problem> {
    program.require(ApiScope::Staff)?;
    let staff = program.view.everyone().await?;
    Ok(Json(staff.into_iter().map(|(login, name)| StaffJson { login, name }).collect()))
}

/// The codes of the active teams of the municipality.
#[utoipa::path(get, path = "/teams", responses((status = 200, body = [String]), (status = "4XX", body = Problem)))]
pub async fn teams(program: Program) -> Result<Json<Vec<String>>, Problem> {
    program.require(ApiScope::Staff)?;
    Ok(Json(program.view.teams().await?))
}

/// The figures of the board.
#[utoipa::path(
    get,
    path = "/figures",
    params(
        ("from" = Option<String>, Query, description = "the first day of the tickets whose promises count"),
        ("to" = Option<String>, Query, description = "the last day"),
    ),
    responses((status = 200, body = BTreeMap<String, FigureJson>), (status = "4XX", body = Problem))
)]
pub async fn figures(
    program: Program,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<BTreeMap<String, FigureJson>>, Problem> {
    program.require(ApiScope::Figures)?;
    let Query(asked) = asked?;
    let tables = figures::all(&program.view, asked.period()).await?;
    let tables = tables.into_iter().map(|table| {
        let rows = table.rows.into_iter().map(|row| {
            let values = row.cells.iter().map(Cell::json).collect();
            FigureRow { label: row.label, values }
        });
        let figure = FigureJson {
            name: table.name.to_owned(),
            title: table.title.to_owned(),
            note: table.note.to_owned(),
            columns: table.columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.collect(),
        };
        (table.name.to_owned(), figure)
    });
    Ok(Json(tables.collect()))
}
