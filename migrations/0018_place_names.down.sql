drop table place_names;
