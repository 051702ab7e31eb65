alter table wards
    drop column valid_to,
    drop column valid_from;
