//! Maps: files whose features have an area, GeoJSON and Shapefile.

pub(super) mod area;
mod country;
mod crs;
pub(super) mod features;
pub(super) mod geojson;
mod members;
mod not_json;
pub(super) mod shapefile;

pub(in crate::postgis::reference) use self::area::to_wkt;
pub(in crate::postgis::reference) use self::country::flaw as not_in_the_country;
